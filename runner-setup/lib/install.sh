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
    put_file "$base/$file" "$admin" "$mode" "$(<"$setup_folder/host/$file")"
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
    put_file "$units/$service" "$admin" 644 "$(filled "systemd/$service")"
  done
}

put_macos_units() {
  local daemon
  put_file "$base/judge.sb" "$admin" 644 "$(filled launchd/judge.sb)"
  for daemon in $macos_daemons; do
    put_file "$units/LaunchDaemons/$daemon.plist" "$admin" 644 "$(filled "launchd/$daemon.plist")"
  done
  put_file "$units/LaunchAgents/$macos_agent.plist" "$admin" 644 "$(filled "launchd/$macos_agent.plist")"
}

# filled FILE: a template with its places filled in. No value has a character that `sed` reads as more than itself.
filled() {
  sed -e "s#@base@#$base#g" -e "s#@state@#$state#g" -e "s#@run@#$run#g" -e "s#@log@#$log#g" -e "s#@caches@#$caches#g" \
    -e "s#@judge_state@#$judge_state#g" -e "s#@judge_run@#$judge_run#g" -e "s#@judge_run_name@#${judge_run##*/}#g" \
    -e "s#@runner_user@#$runner_user#g" -e "s#@judge_user@#$judge_user#g" -e "s#@clients@#$clients#g" \
    -e "s#@node@#$node#g" -e "s#@node_folder@#$(dirname "$(dirname "$node")")#g" \
    -e "s#@arbiter@#$arbiter#g" -e "s#@arbiter_folder@#$(dirname "$arbiter")#g" "$setup_folder/$1"
}
