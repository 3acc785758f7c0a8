# shellcheck shell=bash
# Users and services of Linux: shadow's commands, systemd.

linux_services='caws-judge.service caws-runner.service'

linux_users() {
  if ! getent group "$clients" >/dev/null; then
    step groupadd --system "$clients"
    record group "$clients"
  fi
  linux_user "$judge_user" /nonexistent
  linux_user "$runner_user" "$runner_home"
}

# linux_user NAME HOME: with a group of its name, without a password, a shell or a folder of its own that it may write to.
linux_user() {
  local groups
  if ! groups=$(id -nG "$1" 2>/dev/null); then
    step useradd --system --user-group --home-dir "$2" --no-create-home --shell /usr/sbin/nologin "$1"
    record user "$1"
  fi
  if [[ " $groups " != *" $clients "* ]]; then
    step usermod --append --groups "$clients" "$1"
  fi
}

# systemd_runs: whether there is one to be asked, and it is asked about this machine.
systemd_runs() { [[ -z $root && -d /run/systemd/system ]]; }

linux_services_start() {
  local changed=$1 service
  if ! systemd_runs; then
    if [[ $changed == yes ]]; then
      by_hand 'no systemd below --root or in this container' systemctl daemon-reload
      # shellcheck disable=SC2086
      by_hand 'as before' systemctl enable --now $linux_services
    fi
    return
  fi
  if [[ $changed == yes ]]; then step systemctl daemon-reload; fi
  for service in $linux_services; do
    if ! systemctl is-enabled --quiet "$service" 2>/dev/null; then step systemctl enable --now "$service"; fi
  done
  # The judge is started anew with what changed; a runner takes it up with its next job.
  if [[ $changed == yes ]] && systemctl is-active --quiet caws-judge.service; then
    step systemctl restart caws-judge.service
  fi
}

linux_services_stop() {
  systemd_runs || return 0
  local service
  for service in caws-runner.service caws-judge.service; do
    if systemctl cat "$service" >/dev/null 2>&1; then step systemctl disable --now "$service"; fi
  done
}

linux_runner_stop() {
  if systemd_runs && systemctl is-active --quiet caws-runner.service; then
    step systemctl stop caws-runner.service
  fi
}

linux_runner_start() {
  if systemd_runs; then step systemctl start caws-runner.service; fi
}

linux_user_remove() {
  if getent passwd "$1" >/dev/null; then step userdel "$1"; fi
  # Some systems leave the group of that name.
  if [[ $dry_run == no ]]; then linux_group_remove "$1"; fi
}
linux_group_remove() { if getent group "$1" >/dev/null; then step groupdel "$1"; fi; }
