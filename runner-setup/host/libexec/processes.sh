# shellcheck shell=bash
# Processes that a job leaves behind.

# processes_of UID: "PID START" of each, without this shell, those it descends from and those it started.
processes_of() { select_processes "$1" ''; }

# leftovers_of UID BEFORE: the PID of each that the file BEFORE, which processes_of wrote, does not name.
leftovers_of() { select_processes "$1" "$2"; }

# One program for all of it: what forks without end must not find the time to.
select_processes() {
  ps -A -o uid= -o pid= -o ppid= -o stat= -o lstart= | awk -v uid="$1" -v self="$$" -v before="$2" '
    BEGIN { if (before != "") while ((getline line < before) > 0) known[line] = 1 }
    { parent[$2] = $3; owner[$2] = $1; dead[$2] = $4 ~ /^Z/; start[$2] = $5 "-" $6 "-" $7 "-" $8 "-" $9 }
    END {
      for (pid = self; pid in parent && !(pid in kept); pid = parent[pid]) kept[pid] = 1
      for (pid in owner) {
        if (owner[pid] != uid || dead[pid] || pid in kept) continue
        above = pid
        for (depth = 0; depth < 64 && above in parent && above != self; depth++) above = parent[above]
        if (above == self || ((pid " " start[pid]) in known)) continue
        if (before == "") print pid, start[pid]
        else print pid
      }
    }'
}

# end_leftovers UID BEFORE: ends all processes of a user but those that BEFORE names.
# Prints how many were there at first. Fails where some are left after all rounds.
end_leftovers() {
  local rounds_max=60 round pids all count='' empty=0
  for ((round = 0; round < rounds_max; round++)); do
    pids=$(leftovers_of "$1" "$2")
    # shellcheck disable=SC2206
    all=($pids)
    count=${count:-${#all[@]}}
    if [[ -z $pids ]]; then
      # A list of processes is read one by one, and what forks and ends all the time can be missing in one.
      empty=$((empty + 1))
      if ((empty == 3)); then break; fi
    else
      empty=0
      # Stopped first, all together: what forks without end would otherwise be faster.
      # shellcheck disable=SC2086
      kill -STOP $pids 2>/dev/null || true
      # shellcheck disable=SC2086
      kill -KILL $pids 2>/dev/null || true
    fi
    if ((round > 0)); then sleep 0.05; fi
  done
  printf '%s\n' "$((count))"
  ((empty == 3))
}
