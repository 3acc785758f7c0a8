# shellcheck shell=bash
# What the installed programs and setup share. The caller sets `base`, the folder of the installation.

# read_config: sets config_NAME for each line NAME=VALUE of the installation's own file. What has to be there is
# named with `:?`, so that nothing is ever compared with an empty word.
read_config() {
  local name value
  while IFS='=' read -r name value; do
    case $name in
      '' | *[!a-z0-9_]*) ;;
      *) printf -v "config_$name" '%s' "$value" ;;
    esac
  done <"${base:?}/config"
}

# plain TEXT: a stranger's word, fit to be shown. The runner takes commands from what a hook prints, so nothing
# but letters, digits and a few marks is left, and 160 characters of them.
plain() {
  local text=${1:0:160}
  text=${text//[^A-Za-z0-9@\/._:=+ -]/?}
  printf '%s\n' "${text//::/??}"
}

# of_setup VERB: what is typed for it on this machine, by whoever may.
of_setup() { printf 'sudo %q %s' "${config_setup:-setup}" "$1"; }

# places: where setup put what.
places() {
  read_config
  state=${config_state:?}
  run=${config_run:?}
  runner_user=${config_runner_user:?}
  job=$state/job
  handover=$run/handover
  export state run runner_user job handover
}

# sha256_of FILE: its digest; `-` is what comes in.
sha256_of() {
  local said
  if command -v sha256sum >/dev/null; then said=$(sha256sum -- "$@"); else said=$(shasum -a 256 -- "$@"); fi
  printf '%s\n' "${said%% *}"
}
