# shellcheck shell=bash
# install and update: the same way, told anew or from what was told before.

# What a configuration remembers of the options, so that update need not be told it again.
remembered='repository repository_id ref workflow group labels server arbiter node jitconfig_command jitconfig_file caches_gib'

install_host() {
  if [[ -f $base/config ]]; then must_be_ours; fi
  if [[ -z $labels ]]; then labels=$(machine_labels); fi
  measure_options
  say "Runner for $repository, $workflow@$ref, group $group, on $platform${root:+, below $root}:"
  "${platform}_users"
  look_at "$base" "$base"/* "$base"/*/* "$state" "$state"/* "${run%/*}" "$judge_state" "$judge_state"/* \
    "$host_folder" "$host_file" "$caches" "$units"/*caws*
  put_places
  put_host
  put_programs
  # Before the configuration, which says which archive is installed: what ends in between begins here again.
  put_runner
  put_file "$base/config" "$admin" 644 "$(configuration)"
  local before=$changes
  "put_${platform}_units"
  if ((changes > before)); then units_changed=yes; else units_changed=no; fi
  "${platform}_services_start" "$units_changed"
  sum_up
}

update_host() {
  [[ -f $base/config ]] || refuse 'nothing is installed' "$base/config" "$install_line"
  local name from
  users=${config_users:?}
  lay_out
  for name in $remembered; do
    if [[ $given != *" $name "* ]]; then
      from=config_$name
      printf -v "$name" '%s' "${!from-}"
    fi
  done
  # The newly named source takes the place of the other.
  case $given in
    *' jitconfig_command '*) jitconfig_file='' ;;
    *' jitconfig_file '*) jitconfig_command='' ;;
  esac
  if [[ $given == *' archive '* ]]; then
    must_be_given sha256
  else
    sha256=${config_archive_sha256:?}
    archive=$state/runner
  fi
  install_host
}

# Another installation's users or platform cannot become this one's by writing its file anew.
must_be_ours() {
  local has
  has="${config_platform:?} ${config_users:?}"
  if [[ $has != "$platform $users" ]]; then
    refuse "installed for $has, and not for $platform $users" "$base/config" 'setup uninstall'
  fi
}

put_places() {
  put_folder "$base" "$admin" 755
  put_folder "$state" "$admin" 755
  put_folder "$state/marks" "$admin" 755
  put_folder "${run%/*}" "$admin" 755
  put_folder "$judge_state" "root:$judge_user" 750
  put_folder "$judge_state/models" "root:$judge_user" 750
  if [[ $platform == linux ]]; then
    # Nobody's place to write: what a job calls its home is in the job's own folder.
    put_folder "$runner_home" "$admin" 755
  else
    put_folder "$log" "$runner_user:staff" 700
    put_folder "$judge_run" "$judge_user:$clients" 750
  fi
}

put_programs() {
  local file mode
  for file in hooks/job-started.sh hooks/job-completed.sh libexec/admit libexec/after-job libexec/common.sh \
    libexec/dispatch.cjs libexec/jitconfig.cjs libexec/keep libexec/one-job libexec/prepare \
    libexec/processes.sh libexec/settle libexec/watch.sh; do
    mode=644
    if [[ -x $setup_folder/host/$file ]]; then mode=755; fi
    read_whole "$setup_folder/host/$file"
    put_file "$base/$file" "$admin" "$mode" "${content%$'\n'}"
  done
}

configuration() {
  local name
  say '# Written by setup, read by the hooks and programs beside it. setup update changes it.'
  say "setup=$setup_folder/setup"
  say "platform=$platform"
  say "prefix=$root"
  say "users=$users"
  say "runner_user=$runner_user"
  say "runner_home=$runner_home"
  say "judge_user=$judge_user"
  say "state=$state"
  say "run=$run"
  say "judge_socket=$judge_run/judge.sock"
  say "path=$search_path"
  say "archive_sha256=$sha256"
  for name in $remembered; do say "$name=${!name}"; done
}

put_linux_units() {
  local service
  for service in $linux_services; do
    fill "systemd/$service"
    put_file "$units/$service" "$admin" 644 "$filled"
  done
}

put_macos_units() {
  local daemon
  fill launchd/judge.sb
  put_file "$base/judge.sb" "$admin" 644 "$filled"
  for daemon in $macos_daemons; do
    fill "launchd/$daemon.plist"
    put_file "$units/LaunchDaemons/$daemon.plist" "$admin" 644 "$filled"
  done
  fill "launchd/$macos_agent.plist"
  put_file "$units/LaunchAgents/$macos_agent.plist" "$admin" 644 "$filled"
}

# fill FILE: sets `filled` to a template with its places filled in. No value has a character that is read as more
# than itself.
fill() {
  # shellcheck disable=SC2034 # read below by their names
  local name judge_run_name=${judge_run##*/} node_folder=${node%/*} arbiter_folder=${arbiter%/*}
  node_folder=${node_folder%/*} node_folder=${node_folder:-/} arbiter_folder=${arbiter_folder:-/}
  read_whole "$setup_folder/$1"
  filled=${content%$'\n'}
  for name in base state run log caches judge_state judge_run judge_run_name runner_user judge_user clients \
    node node_folder arbiter arbiter_folder; do
    filled=${filled//@$name@/${!name}}
  done
}
