# shellcheck shell=bash
# What is looked at before anything is changed.

# changeable PATH...: sets `weak` to the first of the paths and the folders above them that others than root may
# change; fails where there is none. A folder like /tmp, in which nobody may touch another's files, is none.
changeable() {
  local path all=() seen=$'\n' owner mode
  for path in "$@"; do
    while [[ $seen != *$'\n'"$path"$'\n'* ]]; do
      all+=("$path")
      seen=$seen$path$'\n'
      path=${path%/*}
      path=${path:-/}
    done
  done
  of_mode '%u %f %n' '%u %Xp %N' "${all[@]}"
  while read -r owner mode path; do
    [[ -n $mode ]] || continue
    mode=$((16#$mode))
    # 041000: a folder in which only its owner may take away a file.
    if ((owner != 0 || ((mode & 022) != 0 && (mode & 0171000) != 041000))); then
      owner_and_mode "$path"
      weak="$path ($owned)"
      return 0
    fi
  done <<<"$facts"
  return 1
}

# real_of PATH: sets `real`, the same place without links. A program is asked only where there may be one.
real_of() {
  local path=$1
  real=$1
  case $path/ in [!/]* | *//* | */./* | */../*) path=/. ;; esac
  while [[ -n $path ]]; do
    if [[ -L $path || $path == /. ]]; then
      real=$(realpath "$1")
      return
    fi
    path=${path%/*}
  done
}

# must_be_roots PATH WHAT: it runs as root, or decides what does.
must_be_roots() {
  local real weak
  [[ -e $1 ]] || refuse "$2 is not there" "$1" "name another one, or install it"
  real_of "$1"
  if changeable "$real"; then
    refuse "$2 can be changed by others than root" "$weak" "chown root ${weak%% *} && chmod go-w ${weak%% *}"
  fi
}

# must_be_given NAME...: or NAME,NAME where either will do. Names all that is lacking at once.
must_be_given() {
  local names name found lacking=''
  for names in "$@"; do
    found=''
    for name in ${names//,/ }; do found=$found${!name}; done
    names=${names//,/ or --}
    if [[ -z $found ]]; then lacking="$lacking, --${names//_/-}"; fi
  done
  [[ -z $lacking ]] || misused "$verb wants ${lacking#, }"
}

measure_options() {
  must_be_given repository ref group archive sha256 arbiter node jitconfig_command,jitconfig_file
  if [[ -n $jitconfig_command && -n $jitconfig_file ]]; then
    misused "--jitconfig-command and --jitconfig-file are two ways to say where the configuration comes from; give one"
  fi
  if [[ $foreign == yes ]]; then
    say "Not measured, since this is no $platform: the archive, node, the bundle and the source of configurations."
    return
  fi
  # The digest of what is installed is known; its archive may be long gone.
  if [[ ${config_archive_sha256-} != "$sha256" || ! -d $state/runner ]]; then measure_archive; fi
  must_be_roots "$node" 'node'
  must_be_roots "$arbiter" 'the bundle'
  measure_host
  if [[ -n $jitconfig_command ]]; then
    must_be_roots "$jitconfig_command" 'the program that prints a JIT configuration'
    [[ -x $jitconfig_command ]] || refuse 'the program is not executable' "$jitconfig_command" "chmod 700 $jitconfig_command"
  else
    must_be_roots "${jitconfig_file%/*}" 'the folder of the JIT configuration'
  fi
}
