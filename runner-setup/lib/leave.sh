# shellcheck shell=bash
# drain and uninstall.

must_be_installed() {
  [[ -f $base/config ]] || refuse 'nothing is installed' "$base/config" "$install_line"
  users=${config_users:?}
  lay_out
}

# job_runs: whether the runner's user runs a job, or a runner that waits for one.
runner_runs() { pgrep -u "$runner_user" -f 'Runner\.Listener' >/dev/null 2>&1; }
job_runs() { pgrep -u "$runner_user" -f 'Runner\.Worker' >/dev/null 2>&1; }

drain_host() {
  must_be_installed
  if [[ $end == yes ]]; then
    drain_end
    return
  fi
  if [[ ! -e $state/marks/drained ]] && change "+ file $state/marks/drained"; then
    printf 'drained by %s at %s\n' "${SUDO_USER:-root}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$state/marks/drained"
  fi
  wait_for_job
  sum_up
}

# Ends the runner where it is idle; a running job is waited for, or ended with --now.
wait_for_job() {
  local waited=0
  if runner_runs && [[ -d $state/job && ! -e $state/job/.drain ]]; then
    # A runner that knows this file ends when it is idle, or with its job.
    if change "+ file $state/job/.drain"; then : >"$state/job/.drain"; fi
  fi
  [[ $dry_run == no ]] || return 0
  while [[ $now == no ]] && job_runs; do
    if ((waited >= wait_seconds)); then
      refuse "a job still runs after $waited seconds" "processes of $runner_user" \
        "setup $verb --wait SECONDS, or setup $verb --now, which ends it"
    fi
    sleep 1
    waited=$((waited + 1))
  done
  "${platform}_runner_stop"
  if [[ -n $root ]] && runner_runs; then pkill -KILL -u "$runner_user" -f 'Runner\.(Listener|Worker)' || true; fi
}

drain_end() {
  local mark
  for mark in drained dirty; do
    if [[ -e $state/marks/$mark ]]; then
      sed 's/^/      /' "$state/marks/$mark"
      remove "$state/marks/$mark"
    fi
  done
  # What made the host dirty is looked for once more; where it still stays, the mark is back.
  if [[ $dry_run == no ]] && ! runner_runs; then
    "$base/libexec/settle"
    if [[ -e $state/marks/dirty ]]; then
      refuse 'what a job left is still there' "$state/marks/dirty" 'take away what it names, then: setup drain --end'
    fi
  fi
  "${platform}_runner_start"
  sum_up
}

uninstall_host() {
  if [[ ! -f $base/config && ! -f $base/made ]]; then
    sum_up
    return
  fi
  if [[ -f $base/config ]]; then must_be_installed; fi
  local kept
  kept=$(find "$judge_state/models" -type f -print -quit 2>/dev/null || true)
  if [[ -n $kept && $models == no ]]; then
    refuse 'there are models, which take long to fetch' "$kept" 'setup uninstall --models, or move them away'
  fi
  if job_runs && [[ $now == no ]]; then
    refuse 'a job runs' "processes of $runner_user" 'setup drain, then setup uninstall; or --now, which ends it'
  fi
  "${platform}_services_stop"
  if [[ $dry_run == no ]]; then
    pkill -KILL -u "$runner_user" 2>/dev/null || true
    pkill -KILL -u "$judge_user" 2>/dev/null || true
  fi
  take_away
  sum_up
}

# All that install recorded, the last first. A folder goes with what is in it where it is ours alone, and only
# when it is empty otherwise.
take_away() {
  local kind name list
  list=$(awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) print line[i] }' "$base/made")
  remove "$run"
  node=${config_node:-$node} caches_gib=${config_caches_gib-}
  if grep -Fqx "file $host_file" "$base/made"; then take_host ours; else take_host others; fi
  while read -r kind name; do
    case $kind in
      file) if [[ $name != "$base"/* && $name != "$host_file" ]]; then remove "$name"; fi ;;
      folder) take_folder "$name" ;;
      user) "${platform}_user_remove" "$name" ;;
      group) "${platform}_group_remove" "$name" ;;
    esac
  done <<<"$list"
  if [[ $platform == linux ]] && systemd_runs; then step systemctl daemon-reload; fi
}

take_folder() {
  case $1 in
    "$base" | "$state" | "$judge_state" | "$judge_run" | "$caches") remove "$1" ;;
    "$base"/* | "$state"/* | "$judge_state"/*) ;;
    *)
      if [[ -d $1 ]] && is_emptied "$1" && change "- $1"; then rmdir "$1"; fi
      gone="$gone$1"$'\n'
      ;;
  esac
}

# is_emptied FOLDER: nothing is in it but what this removed, or in a dry run would have.
is_emptied() {
  local entry
  while IFS= read -r entry; do
    [[ $gone == *$'\n'"$1/$entry"$'\n'* ]] || return 1
  done < <(ls -A "$1")
}
