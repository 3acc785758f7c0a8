# shellcheck shell=bash
# Where code would put itself to be run again: for the next job, by a shell, by a tool, by the system.

# In any home.
persistent_names='.npmrc .yarnrc .yarnrc.yml .bashrc .bash_profile .bash_login .bash_logout .bash_aliases
  .profile .zshenv .zprofile .zshrc .zlogin .zlogout .kshrc .pam_environment .environment .ssh .gnupg
  .gitconfig .config/git .config/systemd .config/autostart .config/environment.d .config/fish .config/pip
  .local/share/systemd .local/bin .local/lib bin .bin .node_modules .node_libraries .nvm .npm-global .pip
  .pypirc .cargo .rustup .gradle .m2 .docker .curlrc .wgetrc .netrc .vimrc .inputrc .screenrc .tmux.conf
  .forward Library/LaunchAgents Library/LaunchDaemons Library/Preferences/loginwindow.plist'

# More than a home that nobody lives in ever holds.
entries_max=5000

# fingerprint HOME JOB_HOME: a line for each thing that could be run again. The time of change of an inode is
# in it, which its owner cannot set; so no content has to be read, however large.
fingerprint() {
  {
    local name unwatched=/dev/null
    # The session of a Mac's user writes there all the time.
    [[ $OSTYPE != darwin* ]] || unwatched=$1/Library
    if [[ -d $1 ]]; then
      find "$1" -xdev -mindepth 1 \( -path "$unwatched/*" ! -path "$unwatched/LaunchAgents*" -prune \) -o -print0
    fi
    for name in $persistent_names; do
      if [[ -e $2/$name || -L $2/$name ]]; then printf '%s\0' "$2/$name"; fi
    done
  } | described | sort
}

# Paths, each ended by a zero, as lines.
described() {
  { xargs -0 stat "$stat_form" "$described_as" 2>/dev/null || true; } | awk -v max="$entries_max" 'NR <= max { print } END { if (NR > max) print "- more than", max, "entries" }'
}

# stayed BASELINE HOME JOB_HOME: a line for each thing that came, changed or went since the baseline.
stayed() {
  local line
  fingerprint "$2" "$3" | comm -3 "$1" - | while IFS= read -r line; do
    line=${line#"${line%%[!$'\t']*}"}
    printf 'left in a home: %s\n' "$(plain "${line#* }")"
  done | sort -u
}

# scheduled USER PREFIX: a line for each order to run something later.
scheduled() {
  local spool
  for spool in var/spool/cron usr/lib/cron/tabs private/var/at; do
    [[ -d $2/$spool ]] || continue
    find "$2/$spool" -xdev -type f \( -user "$1" -o -name "$1" \) 2>/dev/null | while IFS= read -r found; do
      printf 'left to be run later: %s\n' "$(plain "$found")"
    done
  done
  # Of others' orders root alone may read.
  if command -v crontab >/dev/null && [[ $(id -un) == "$1" ]] && [[ -n $(crontab -l 2>/dev/null) ]]; then
    printf 'left to be run later: crontab\n'
  fi
}

# of_mode GNU BSD PATH...: sets `facts` to what `stat` says of those paths that there are, in the form of whichever it is.
# shellcheck disable=SC2034 # for whoever calls it
if [[ $OSTYPE == darwin* ]]; then
  stat_form=-f described_as='%Xp,%u,%z,%Fc %N'
  of_mode() { facts=$(stat -f "$2" -- "${@:3}" 2>/dev/null) || true; }
else
  stat_form=-c described_as='%f,%u,%s,%.9Z %n'
  of_mode() { facts=$(stat -c "$1" -- "${@:3}" 2>/dev/null) || true; }
fi
