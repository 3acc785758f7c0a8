#!/bin/bash
# The runner starts this with `bash -e` before the first step of a job, and fails the job where it fails.
# In POSIX mode no function that came with the environment can stand in for the next command; after it, only
# what is named here is left of the environment.
POSIXLY_CORRECT=1
exec /usr/bin/env -i \
  GITHUB_SERVER_URL="${GITHUB_SERVER_URL-}" \
  GITHUB_REPOSITORY="${GITHUB_REPOSITORY-}" \
  GITHUB_REPOSITORY_ID="${GITHUB_REPOSITORY_ID-}" \
  GITHUB_WORKFLOW_REF="${GITHUB_WORKFLOW_REF-}" \
  GITHUB_EVENT_NAME="${GITHUB_EVENT_NAME-}" \
  GITHUB_REF="${GITHUB_REF-}" \
  GITHUB_HEAD_REF="${GITHUB_HEAD_REF-}" \
  GITHUB_BASE_REF="${GITHUB_BASE_REF-}" \
  GITHUB_EVENT_PATH="${GITHUB_EVENT_PATH-}" \
  /bin/bash -p "${0%/*}/../libexec/admit"
