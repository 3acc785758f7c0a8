# shellcheck shell=bash
# What the command line says, checked letter by letter: these words end up in units, hooks and file names.

read_options() {
  verb=${1-} given_words=''
  if (($# > 0)); then
    printf -v given_words '%q ' "$@"
    given_words=${given_words% }
  fi
  case $verb in
    install | update | doctor | drain | uninstall) shift ;;
    '' | -h | --help | help)
      say "$usage"
      if [[ -n $verb ]]; then exit 0; else exit "$exit_usage"; fi
      ;;
    *) misused "\"$(plain "$verb")\" is none of: install, doctor, drain, update, uninstall" ;;
  esac
  root='' users=caws platform=$this_platform node=$(PATH=$called_path command -v node || true)
  dry_run=no json=no now=no end=no models=no wait_seconds=3600 given=' '
  # shellcheck disable=SC2034 # configuration() reads these by their names
  repository='' repository_id='' ref='' workflow=.github/workflows/arbitrate.yml group='' labels=''
  # shellcheck disable=SC2034
  server=https://github.com archive='' sha256='' arbiter='' jitconfig_command='' jitconfig_file='' caches_gib=''
  while (($# > 0)); do
    case $1 in
      -h | --help) say "$usage" && exit 0 ;;
      --dry-run) dry_run=yes ;;
      --json) json=yes ;;
      --now) now=yes ;;
      --end) end=yes ;;
      --models) models=yes ;;
      --*)
        (($# > 1)) || misused "$(plain "$1") wants a value, or is none"
        take_option "${1#--}" "$2"
        shift
        ;;
      *) misused "\"$(plain "$1")\" is no option" ;;
    esac
    shift
  done
  check_place
}

take_option() {
  local name=${1//-/_} form
  case $name in
    repository) form='^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$' ;;
    repository_id) form='^[1-9][0-9]{0,18}$' ;;
    ref) form='^refs/heads/[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$' ;;
    workflow) form='^\.github/workflows/[A-Za-z0-9_][A-Za-z0-9._-]{0,100}\.ya?ml$' ;;
    group) form='^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$' ;;
    labels) form='^[A-Za-z0-9._-]{1,60}(,[A-Za-z0-9._-]{1,60}){0,15}$' ;;
    server) form='^https://[a-z0-9][a-z0-9.-]{0,200}(:[0-9]{1,5})?$' ;;
    sha256) form='^[0-9a-f]{64}$' ;;
    users) form='^[a-z][a-z0-9-]{0,15}$' ;;
    platform) form='^(linux|macos)$' ;;
    wait) form='^(0|[1-9][0-9]{0,5})$' ;;
    caches_gib) form='^(0|[1-9][0-9]{0,2})$' ;;
    root | archive | arbiter | node | jitconfig_command | jitconfig_file) form='^/[A-Za-z0-9._/@+-]{1,400}$' ;;
    *) misused "--$(plain "$1") is no option" ;;
  esac
  [[ $2 =~ $form && $2 != *..* ]] || misused "--$1 \"$(plain "$2")\" is not of the form $form"
  if [[ $name == wait ]]; then name=wait_seconds; fi
  printf -v "$name" '%s' "$2"
  given="$given$name "
}

check_place() {
  if [[ $platform != linux && $platform != macos ]]; then
    misused "this is $platform; only linux and macos are known"
  fi
  foreign=no
  if [[ $platform != "$this_platform" ]]; then foreign=yes; fi
  if [[ $foreign == yes && $dry_run == no && $verb != doctor ]]; then
    misused "--platform $platform on $this_platform is a rehearsal: add --dry-run"
  fi
  if [[ -n $root ]]; then
    [[ -d $root ]] || refuse "no folder" "$root" "mkdir $root"
    root=$(cd "$root" && pwd -P)
    if [[ $root == / ]]; then root=''; fi
  fi
  if [[ $dry_run == no && $verb != doctor && $EUID -ne 0 ]]; then
    refuse "$verb changes the machine and was started by $(id -un)" "this command" "setup $given_words, or add --dry-run"
  fi
}
