# shellcheck shell=bash
# Words and exit codes. Exit codes are those of `arbiter`: 0 done, 1 not healthy, 2 usage, 4 could not be done.

usage='Usage: setup VERB [OPTIONS]

Verbs
  install      make users, folders, hooks and services; a second time it changes nothing
  doctor       look at everything that install made and at the machine, each line with its remedy
  drain        take no further job, and wait for the running one; --end takes the mark away again
  update       install again with what was said before and the options given now, e.g. a newer archive
  uninstall    take away all that install made

Options of install and update
  --repository OWNER/NAME      whose workflow may run here, in the case that GitHub shows
  --repository-id NUMBER       its number at GitHub, so that a repository of the same name made later is another
  --ref refs/heads/BRANCH      the branch whose copy of the workflow may run here: the default branch
  --workflow FILE              default .github/workflows/arbitrate.yml
  --group NAME                 the runner group, which at GitHub is bound to that one workflow
  --server URL                 default https://github.com
  --labels A,B                 default: what this machine is, and caws
  --archive FILE --sha256 HEX  the archive of actions/runner, and the digest that its release names
  --arbiter FILE               the installed bundle, e.g. /opt/arbiter/dist/arbiter.cjs
  --node FILE                  default: the node of the PATH that setup was started with
  --jitconfig-command FILE     a program of root that prints one JIT configuration (see README.md), or
  --jitconfig-file FILE        a file that holds one; it is read once and removed
  --caches-gib NUMBER          keep folders of builds between runs, so much of them at most; 0, and left out: none
  --users PREFIX               default caws: users PREFIX-runner and PREFIX-judge

Options of every verb
  --dry-run                    print every change and make none
  --platform linux|macos       default: this machine; the other one only with --dry-run
  --root DIR                   everything below DIR and no service started: a rehearsal
  --json                       doctor: one JSON object on stdout
  --wait SECONDS               drain, uninstall: how long to wait for a running job, default 3600
  --now                        drain, uninstall: end the running job; GitHub reports it as lost
  --end                        drain: take jobs again
  --models                     uninstall: remove the models, too

Exit codes: 0 done or healthy, 1 doctor found something, 2 usage, 4 could not be done.'

# What install cannot do without, as it is typed.
readonly install_line='setup install --repository OWNER/NAME --ref refs/heads/BRANCH --group NAME --archive FILE --sha256 HEX --arbiter FILE --jitconfig-command FILE'

readonly exit_unhealthy=1 exit_usage=2 exit_refused=4

# As it was started, so that what comes next can be typed.
printf -v called '%q' "$0"
if ((EUID == 0)); then called_by=root; else called_by=somebody; fi

# as_typed TEXT: sets `typed`, its commands of setup as they are typed where this one was.
as_typed() {
  local verb rights=''
  typed=$1
  if [[ $called_by != root ]]; then rights='sudo '; fi
  for verb in install update drain doctor uninstall; do
    typed=${typed//setup $verb/$rights$called $verb}
  done
  typed=${typed//setup --help/$called --help}
}

# What a function finds it leaves in a variable of the caller's: a shell of its own, for what it prints to be
# taken up, costs more than all that it does.

say() { printf '%s\n' "$*"; }

# refuse MEASURED PLACE NEXT: what was found, where, and the command that goes on from there.
refuse() {
  as_typed "$3"
  printf 'setup: %s\n  where  %s\n  next   %s\n' "$1" "$2" "$typed" >&2
  exit "$exit_refused"
}

# misused WHAT: the command line cannot be meant so.
misused() {
  as_typed 'setup --help'
  printf 'setup: %s\n  next   %s\n' "$1" "$typed" >&2
  exit "$exit_usage"
}
