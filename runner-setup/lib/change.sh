# shellcheck shell=bash
# Every change goes through here: what is already so is left alone; what is not is printed, and then made unless
# this is a dry run. What is made is listed in `made`, so that uninstall takes away that and nothing else.

changes=0
recorded=
# Folders that a dry run would have made by now.
planned=$'\n'
# What was removed, or in a dry run would have been.
gone=$'\n'

# record KIND NAME
record() {
  recorded="$recorded$1 $2"$'\n'
  if [[ $dry_run == no && -d $base ]]; then
    printf '%s' "$recorded" >>"$base/made"
    recorded=
  fi
}

# change TEXT: counts and prints; succeeds where it is to be made.
change() {
  changes=$((changes + 1))
  say "  $1"
  [[ $dry_run == no ]]
}

stands() { [[ -d $1 || $planned == *$'\n'"$1"$'\n'* ]]; }

# put_folder PATH OWNER:GROUP MODE, with the folders above it.
put_folder() {
  local above=${1%/*}
  if [[ -n $above ]] && ! stands "$above"; then put_folder "$above" "$admin" 755; fi
  if [[ -L $1 || (-e $1 && ! -d $1) ]]; then
    refuse "something that is no folder stands in the way" "$1" "look at it, then: rm $1"
  fi
  if [[ -d $1 ]]; then
    put_owner "$1" "$2" "$3"
    return
  fi
  if change "+ folder $1 ($2 $3)"; then
    mkdir "$1"
    chown "$2" "$1"
    chmod "$3" "$1"
  fi
  planned="$planned$1"$'\n'
  record folder "$1"
}

put_owner() {
  owner_and_mode "$1"
  [[ $owned != "$2 $3" ]] || return 0
  if change "~ owner and mode of $1: $owned → $2 $3"; then
    chown "$2" "$1"
    chmod "$3" "$1"
    forget "$1"
  fi
}

# put_file PATH OWNER:GROUP MODE CONTENT
put_file() {
  # A folder that stands keeps the owner that it has.
  if ! stands "${1%/*}"; then put_folder "${1%/*}" "$admin" 755; fi
  if [[ -L $1 || (-e $1 && ! -f $1) ]]; then
    refuse "something that is no file stands in the way" "$1" "look at it, then: rm $1"
  fi
  if [[ -f $1 ]] && read_whole "$1" && [[ $content == "$4"$'\n' ]]; then
    put_owner "$1" "$2" "$3"
    return
  fi
  local digest
  digest=$(sha256_of - <<<"$4")
  if [[ -f $1 ]]; then
    change "~ file $1 ($2 $3, sha256 $digest)" || true
    printf '%s\n' "$4" | diff -u "$1" - | sed 's/^/      /' || true
  else
    change "+ file $1 ($2 $3, sha256 $digest)" || true
    record file "$1"
  fi
  [[ $dry_run == no ]] || return 0
  # Whole or not at all: a hook that is half written would let in what it should refuse.
  printf '%s\n' "$4" >"$1.new"
  chown "$2" "$1.new"
  chmod "$3" "$1.new"
  mv -f "$1.new" "$1"
  forget "$1"
}

# step COMMAND...: a command that changes the system, printed as it is run.
step() {
  if change "\$ $*"; then "$@"; fi
}

# by_hand COMMAND...: a command that is printed and left to the reader, e.g. since no services run below --root.
by_hand() {
  say "  not run here ($1): ${*:2}"
}

# remove PATH: a file, or a folder with all that is in it.
remove() {
  [[ -e $1 || -L $1 ]] || return 0
  if change "- $1"; then rm -rf "$1"; fi
  gone="$gone$1"$'\n'
}

# sum_up: the last line of a verb.
sum_up() {
  if ((changes == 0)); then
    say 'Nothing to change.'
  elif [[ $dry_run == yes ]] && ((changes == 1)); then
    say '1 change, not made (--dry-run).'
  elif [[ $dry_run == yes ]]; then
    say "$changes changes, none of them made (--dry-run)."
  elif ((changes == 1)); then
    say '1 change made.'
  else
    say "$changes changes made."
  fi
}
