# shellcheck shell=bash
# What doctor asks of Linux.

linux_users_look() {
  local user account shell password groups wrong of_runner=''
  for user in "$runner_user" "$judge_user"; do
    wrong=''
    account=$(getent passwd "$user") || wrong='there is no such user;'
    if [[ -z $wrong ]]; then
      shell=${account##*:}
      case $shell in */nologin | */false) ;; *) wrong="its shell is $shell;" ;; esac
      account=$(getent shadow "$user") || account=
      password=${account#*:}
      case $password in '!'* | '*'*) ;; *) wrong="$wrong it has a password;" ;; esac
      groups=" $(id -nG "$user") "
      look_for_powerful
      if [[ $user == "$runner_user" ]]; then of_runner=$groups; fi
    fi
    if [[ -z $wrong ]]; then check users ok "$user has no password, no shell and no powerful group" ''; else
      check users fail "$user: $wrong" "usermod --lock --shell /usr/sbin/nologin $user; gpasswd --delete $user GROUP"
    fi
  done
  if [[ $of_runner == *" $judge_user "* ]]; then
    check users fail "$runner_user is in the group $judge_user" "gpasswd --delete $runner_user $judge_user"
  fi
}

look_for_powerful() {
  local group
  for group in root sudo wheel adm admin docker podman lxd libvirt disk kvm shadow systemd-journal; do
    if [[ $groups == *" $group "* ]]; then wrong="$wrong it is in the group $group;"; fi
  done
}

linux_look() {
  local service state_now
  for service in $linux_services; do
    if [[ ! -f $units/$service ]]; then
      check services fail "no $units/$service" 'setup update'
    elif fill "systemd/$service" && ! { read_whole "$units/$service" && [[ $content == "$filled"$'\n' ]]; }; then
      check services fail "$units/$service is not as shipped" 'setup update'
    elif ! systemd_runs; then
      check services unknown "$service: no systemd to ask${root:+ below --root}" "systemctl enable --now $service"
    else
      state_now="$(systemctl is-enabled "$service" 2>&1), $(systemctl is-active "$service" 2>&1)" || true
      if [[ $state_now == 'enabled, active' ]]; then check services ok "$service: $state_now" ''; else
        check services fail "$service: $state_now" "systemctl enable --now $service; journalctl -u $service"
      fi
    fi
  done
  linux_clock
}

linux_clock() {
  local said
  said=$(timedatectl show -p NTPSynchronized --value 2>/dev/null) || said=''
  case $said in
    yes) check clock ok 'set by NTP' '' ;;
    no) check clock fail 'not set by NTP; tokens are valid for minutes' 'timedatectl set-ntp true' ;;
    *) check clock unknown 'timedatectl gives no answer' 'timedatectl set-ntp true' ;;
  esac
}
