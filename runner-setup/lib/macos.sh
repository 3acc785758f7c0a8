# shellcheck shell=bash
# Users and services of macOS: dscl, dseditgroup, sysadminctl, launchd.

macos_daemons='caws-arbiter.judge caws-arbiter.keep'
macos_agent=caws-arbiter.runner

macos_users() {
  local group
  for group in "$clients" "$judge_user"; do
    if ! dscl . -read "/Groups/$group" PrimaryGroupID >/dev/null 2>&1; then
      step dseditgroup -o create -n . "$group"
      record group "$group"
    fi
  done
  macos_judge
  # The session of the runner's user is what its agent runs in, so it is a user that can log in. The password
  # is typed where the command asks for it.
  if ! dscl . -read "/Users/$runner_user" UniqueID >/dev/null 2>&1; then
    step sysadminctl -addUser "$runner_user" -fullName 'CAWS runner' -home "$runner_home" -password -
    record user "$runner_user"
  fi
  for group in "$judge_user" "$runner_user"; do
    if [[ $foreign == yes ]] || ! dseditgroup -o checkmember -n . -m "$group" "$clients" >/dev/null 2>&1; then
      step dseditgroup -o edit -n . -a "$group" -t user "$clients"
    fi
  done
}

# A user for a daemon: no password, no shell, no home, not among those that the login window shows.
macos_judge() {
  if dscl . -read "/Users/$judge_user" UniqueID >/dev/null 2>&1; then return; fi
  local uid gid
  uid=$(macos_free_number)
  gid=$(dscl . -read "/Groups/$judge_user" PrimaryGroupID 2>/dev/null | awk '{ print $2 }' || true)
  step dscl . -create "/Users/$judge_user"
  record user "$judge_user"
  step dscl . -create "/Users/$judge_user" UniqueID "$uid"
  step dscl . -create "/Users/$judge_user" PrimaryGroupID "${gid:-$uid}"
  step dscl . -create "/Users/$judge_user" UserShell /usr/bin/false
  step dscl . -create "/Users/$judge_user" NFSHomeDirectory /var/empty
  step dscl . -create "/Users/$judge_user" IsHidden 1
  step dscl . -create "/Users/$judge_user" Password '*'
}

# The first number from 350 that no user has: below 500 are those of services.
macos_free_number() {
  local taken number
  taken=" $(dscl . -list /Users UniqueID 2>/dev/null | awk '{ print $2 }' | tr '\n' ' ' || true) "
  for ((number = 350; number < 500; number++)); do
    if [[ $taken != *" $number "* ]]; then
      echo "$number"
      return
    fi
  done
  refuse 'no free number from 350 to 499' 'the users of this machine' "dscl . -list /Users UniqueID"
}

macos_services_start() {
  local daemon uid
  if [[ -n $root ]]; then
    if [[ $1 == yes ]]; then by_hand 'below --root' launchctl bootstrap; fi
    return
  fi
  for daemon in $macos_daemons; do
    if launchctl print "system/$daemon" >/dev/null 2>&1; then
      # launchd reads a file once, so a changed one is loaded anew.
      [[ $1 == yes ]] || continue
      step launchctl bootout "system/$daemon"
    fi
    step launchctl bootstrap system "/Library/LaunchDaemons/$daemon.plist"
  done
  uid=$(id -u "$runner_user" 2>/dev/null || echo UID)
  if launchctl print "gui/$uid/$macos_agent" >/dev/null 2>&1; then
    [[ $1 == yes ]] || return 0
    # A job may run in it: launchd takes the new file at the next login, or by hand after a drain.
    by_hand 'a job may run' launchctl kickstart -k "gui/$uid/$macos_agent"
  elif launchctl print "gui/$uid" >/dev/null 2>&1 || [[ $foreign == yes ]]; then
    step launchctl bootstrap "gui/$uid" "/Library/LaunchAgents/$macos_agent.plist"
  else
    by_hand "$runner_user is not logged in; its login loads" "/Library/LaunchAgents/$macos_agent.plist"
  fi
}

macos_services_stop() {
  [[ -z $root ]] || return 0
  local daemon
  macos_runner_stop
  for daemon in $macos_daemons; do
    if launchctl print "system/$daemon" >/dev/null 2>&1; then step launchctl bootout "system/$daemon"; fi
  done
}

macos_runner_stop() {
  local uid
  uid=$(id -u "$runner_user" 2>/dev/null || echo UID)
  if [[ -z $root ]] && launchctl print "gui/$uid/$macos_agent" >/dev/null 2>&1; then
    step launchctl bootout "gui/$uid/$macos_agent"
  fi
}

macos_runner_start() {
  local uid
  uid=$(id -u "$runner_user" 2>/dev/null || echo UID)
  if [[ -z $root ]] && ! launchctl print "gui/$uid/$macos_agent" >/dev/null 2>&1; then
    step launchctl bootstrap "gui/$uid" "/Library/LaunchAgents/$macos_agent.plist"
  fi
}

macos_user_remove() {
  if [[ $1 == "$runner_user" ]]; then step sysadminctl -deleteUser "$1"; else step dscl . -delete "/Users/$1"; fi
}
macos_group_remove() { step dseditgroup -o delete -n . "$1"; }
