# shellcheck shell=bash
# What doctor asks of macOS. A program that is not there gives no answer, and no answer is not healthy.

macos_users_look() {
  local said
  said=$(dscl . -read "/Users/$judge_user" UserShell 2>/dev/null) || said=''
  macos_judge_read "$said"
  for said in "$runner_user" "$judge_user"; do
    if dseditgroup -o checkmember -n . -m "$said" admin >/dev/null 2>&1; then
      check users fail "$said is an administrator" "dseditgroup -o edit -n . -d $said -t user admin"
    fi
  done
}

macos_judge_read() {
  case $1 in
    'UserShell: /usr/bin/false') check users ok "$judge_user has no shell" '' ;;
    '') check users unknown "no answer about $judge_user" "dscl . -read /Users/$judge_user" ;;
    *) check users fail "$judge_user: $1" "dscl . -create /Users/$judge_user UserShell /usr/bin/false" ;;
  esac
}

macos_look() {
  local daemon uid
  macos_power_read "$(pmset -g custom 2>/dev/null || true)"
  macos_vault_read "$(fdesetup status 2>/dev/null || true)"
  macos_login_read "$(defaults read /Library/Preferences/com.apple.loginwindow autoLoginUser 2>/dev/null || true)"
  macos_clock_read "$(systemsetup -getusingnetworktime 2>/dev/null || true)"
  for daemon in $macos_daemons; do
    holds services "$daemon is loaded" "$daemon is not loaded" \
      "launchctl bootstrap system /Library/LaunchDaemons/$daemon.plist" launchctl print "system/$daemon"
  done
  uid=$(id -u "$runner_user" 2>/dev/null || echo UID)
  holds services "$macos_agent is loaded in the session of $runner_user" \
    "$macos_agent is not loaded; no session of $runner_user?" \
    "log in as $runner_user, or: launchctl bootstrap gui/$uid /Library/LaunchAgents/$macos_agent.plist" \
    launchctl print "gui/$uid/$macos_agent"
}

# One `sleep MINUTES` for each source of power; 0 is never.
macos_power_read() {
  local minutes
  minutes=$(awk '$1 == "sleep" { print $2 }' <<<"$1" | sort -n | tail -n 1)
  case $minutes in
    '') check power unknown 'pmset gives no answer' 'pmset -a sleep 0' ;;
    0) check power ok 'never sleeps' '' ;;
    *) check power fail "sleeps after $(plain "$minutes") minutes" 'pmset -a sleep 0 disksleep 0' ;;
  esac
}

macos_vault_read() {
  case $1 in
    'FileVault is Off.'*) check vault ok 'FileVault is off, so a restart ends in a session' '' ;;
    'FileVault is On.'*)
      check vault fail 'FileVault is on: after a restart nobody is logged in, and no runner starts' \
        'fdesetup disable, with the machine in a locked room; or log in by hand after each restart'
      ;;
    *) check vault unknown 'fdesetup gives no answer' 'fdesetup status' ;;
  esac
}

macos_login_read() {
  case $1 in
    "$runner_user") check login ok "$runner_user is logged in at each start" '' ;;
    '') check login fail 'nobody is logged in at a start, or it cannot be asked' "sysadminctl -autologin set -userName $runner_user -password -" ;;
    *) check login fail "$(plain "$1") is logged in at each start, not $runner_user" "sysadminctl -autologin set -userName $runner_user -password -" ;;
  esac
}

macos_clock_read() {
  case $1 in
    'Network Time: On') check clock ok 'set by network time' '' ;;
    '') check clock unknown 'systemsetup gives no answer' 'systemsetup -setusingnetworktime on' ;;
    *) check clock fail "$(plain "$1")" 'systemsetup -setusingnetworktime on' ;;
  esac
}
