# shellcheck shell=bash
# The machine, and where things lie on it.

# this_platform: linux, macos, or the name of another kernel.
case $OSTYPE in
  linux*) this_platform=linux ;;
  darwin*) this_platform=macos ;;
  *) this_platform=$OSTYPE ;;
esac

# Sets where everything lies, from `platform`, `root` and `users`.
lay_out() {
  base=$root/opt/caws-runner
  admin=root:root
  case $platform in
    linux)
      state=$root/var/lib/caws-runner
      judge_state=$root/var/lib/caws-judge
      run=$root/run/caws-runner
      judge_run=$root/run/caws-judge
      runner_home=$state/home
      units=$root/etc/systemd/system
      host_folder=$root/etc/caws-arbiter
      caches=$root/var/lib/caws-caches
      ;;
    macos)
      admin=root:wheel
      state=$root/private/var/db/caws-runner
      judge_state=$root/Users/Shared/caws
      run=$root/private/var/run/caws-runner
      judge_run=$root/private/var/db/caws-judge
      runner_home=$root/Users/$users-runner
      units=$root/Library
      host_folder=$root/private/etc/caws-arbiter
      caches=$root/private/var/db/caws-caches
      ;;
  esac
  log=$state/log
  runner_user=$users-runner
  judge_user=$users-judge
  clients=$users-clients
  host_file=$host_folder/host.json
  runner_group=$runner_user
  if [[ $platform == macos ]]; then runner_group=staff; fi
  # Folders of programs that the runner's jobs find; none of them may be writable for its user.
  search_path=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
}

# look_at PATH...: all of them at once, so that owner_and_mode has no program to start for each.
looked=$'\n'
look_at() {
  of_mode $'%n\t%U:%G %a' $'%N\t%Su:%Sg %Lp' "$@"
  looked=$'\n'$facts$'\n'
}

# owner_and_mode PATH: sets `owned` to "root:root 755", or to nothing where there is no such path.
owner_and_mode() {
  owned=${looked#*$'\n'"$1"$'\t'}
  if [[ $owned != "$looked" ]]; then
    owned=${owned%%$'\n'*}
  else
    of_mode '%U:%G %a' '%Su:%Sg %Lp' "$1"
    owned=$facts
  fi
}

# forget PATH: it is not any more as it was when it was looked at.
forget() { looked=${looked/$'\n'"$1"$'\t'/$'\n\t'}; }

# age_days PATH: sets `days`, whole ones since its content was made.
age_days() {
  of_mode %Y %m "$1"
  days=$((($(date +%s) - facts) / 86400))
}

# machine_labels: what this machine is, in GitHub's words.
machine_labels() {
  local arch memory class=
  case $(uname -m) in
    arm64 | aarch64) arch=ARM64 ;;
    *) arch=X64 ;;
  esac
  if [[ $platform == macos ]]; then
    memory=$(sysctl -n hw.memsize 2>/dev/null || echo 0)
    memory=$((memory / 1073741824))
  else
    # The kernel keeps a part for itself, so a machine of 32 GB shows some less.
    memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo 2>/dev/null || echo 0) / 1000000))
  fi
  for class in 64 32 16 0; do
    if ((memory >= class)); then break; fi
  done
  case $platform in
    macos) printf 'self-hosted,macOS,ARM64,caws,caws-metal' ;;
    *) printf 'self-hosted,Linux,%s,caws' "$arch" ;;
  esac
  if ((class > 0)); then printf ',mem-%s' "$class"; fi
}

# read_whole FILE: sets `content` to all of it; fails where a zero is in it, which no text of ours has.
read_whole() {
  content=
  ! IFS= read -r -d '' content <"$1"
}
