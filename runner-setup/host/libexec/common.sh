# shellcheck shell=bash
# What the installed programs and setup share. The caller sets `base`, the folder of the installation.

# config NAME: a value of the installation's own file.
# Fails where there is none or it is empty, so that nothing is compared with an empty word.
config() {
  local line
  while IFS= read -r line; do
    case $line in
      "$1="?*)
        printf '%s\n' "${line#*=}"
        return 0
        ;;
    esac
  done <"${base:?}/config"
  return 1
}

# plain TEXT: a stranger's word, fit to be shown. The runner takes commands from what a hook prints, so nothing
# but letters, digits and a few marks is left, and 160 characters of them.
plain() {
  local text=${1:0:160}
  text=${text//[^A-Za-z0-9@\/._:=+ -]/?}
  printf '%s\n' "${text//::/??}"
}

# Where setup put what; needs `base`.
places() {
  state=$(config state)
  run=$(config run)
  runner_user=$(config runner_user)
  job=$state/job
  handover=$run/handover
  export state run runner_user job handover
}

# of_mode GNU BSD PATH...: what `stat` says of paths, in the form of whichever it is.
if stat --version >/dev/null 2>&1; then
  of_mode() { stat -c "$1" -- "${@:3}"; }
else
  of_mode() { stat -f "$2" -- "${@:3}"; }
fi
