#!/bin/bash
# The runner starts this with `bash -e` after the last step of a job, whatever came of it. Nothing of the
# job's environment is used: the job may have written it.
POSIXLY_CORRECT=1
exec /usr/bin/env -i /bin/bash -p "${0%/*}/../libexec/after-job"
