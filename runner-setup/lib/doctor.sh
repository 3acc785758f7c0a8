# shellcheck shell=bash
# doctor: what is so, each line with its remedy. What cannot be known is not healthy.

checks=
unhealthy=0

# check ID STATE MEASURED REMEDY: STATE is ok, warn, fail or unknown.
check() {
  local mark typed measured remedy
  as_typed "$4"
  case $2 in
    ok) mark='✓' ;;
    warn) mark='!' ;;
    *) mark='✗' ;;
  esac
  case $2 in fail | unknown) unhealthy=$((unhealthy + 1)) ;; esac
  if [[ $json == yes ]]; then
    in_json measured "$3"
    in_json remedy "$typed"
    checks="$checks${checks:+,}{\"id\":\"$1\",\"state\":\"$2\",\"measured\":\"$measured\",\"remedy\":\"$remedy\"}"
    return
  fi
  printf '%s %-20s %s\n' "$mark" "$1" "$3"
  if [[ $2 != ok ]]; then printf '  %-20s → %s\n' '' "$typed"; fi
}

# in_json NAME TEXT: sets that variable to the text, fit to stand between quotes.
in_json() {
  local text=${2//[$'\001'-$'\037\177']/ }
  text=${text//\\/\\\\}
  printf -v "$1" '%s' "${text//\"/\\\"}"
}

# holds ID GOOD BAD REMEDY COMMAND...: ok where the command succeeds.
holds() {
  if "${@:5}" >/dev/null 2>&1; then check "$1" ok "$2" ''; else check "$1" fail "$3" "$4"; fi
}

# as_user USER COMMAND...: with that user's rights and no more.
as_user() {
  local user=$1
  shift
  if [[ $platform == linux ]]; then
    setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs env -i PATH="$search_path" "$@"
  else
    sudo -n -u "$user" env -i PATH="$search_path" "$@"
  fi
}

doctor_host() {
  if [[ ! -f $base/config ]]; then
    check installed fail "no $base/config" "$install_line"
  elif [[ $(id -u) -ne 0 ]]; then
    check installed unknown "started by $(id -un), who may not look" 'setup doctor'
  else
    users=${config_users:?}
    lay_out
    node=${config_node:?}
    arbiter=${config_arbiter:?}
    check installed ok "${config_repository:?}, ${config_workflow:?}@${config_ref:?}, group ${config_group:?}" ''
    "${platform}_users_look"
    look_at_places
    look_at_programs
    look_at_rights
    look_at_ways_out
    look_at_room
    "${platform}_look"
    look_at_host
    look_at_sandbox
    look_at_marks
  fi
  if [[ $json == yes ]]; then
    local healthy=false
    if ((unhealthy == 0)); then healthy=true; fi
    printf '{"schema":"caws-arbiter/runner-doctor@1","healthy":%s,"checks":[%s]}\n' "$healthy" "$checks"
  elif ((unhealthy == 0)); then
    say 'Healthy.'
  else
    say "$unhealthy to mend."
  fi
  ((unhealthy == 0)) || exit "$exit_unhealthy"
}

look_at_places() {
  local path owner mode owned wrong='' count=0
  look_at "$base" "$base/config" "$state" "$state/marks" "$state/runner" "$judge_state" "$judge_state/models"
  while read -r path owner mode; do
    owner_and_mode "$path"
    count=$((count + 1))
    if [[ $owned != "$owner $mode" ]]; then wrong="$wrong $path is ${owned:-absent}, not $owner $mode;"; fi
  done <<EOT
$base $admin 755
$base/config $admin 644
$state $admin 755
$state/marks $admin 755
$state/runner $admin 755
$judge_state root:$judge_user 750
$judge_state/models root:$judge_user 750
EOT
  if [[ -z $wrong ]]; then check places ok "$count folders with their owners and modes" ''; else check places fail "${wrong# }" 'setup update'; fi
}

# The hooks and what runs as root: as shipped, and nobody's but root's.
look_at_programs() {
  local file shipped content real weak wrong='' all=()
  for file in "$setup_folder"/host/*/*; do
    read_whole "$file"
    shipped=$content
    file=${file#"$setup_folder/host/"}
    all+=("$base/$file")
    if [[ ! -f $base/$file ]]; then
      wrong="$wrong $file is absent;"
    elif ! read_whole "$base/$file" || [[ $content != "$shipped" ]]; then
      wrong="$wrong $file is not as shipped;"
    fi
  done
  if changeable "${all[@]}"; then wrong="$wrong others may change $weak;"; fi
  if [[ -z $wrong ]]; then check hooks ok "${#all[@]} hooks and programs as shipped, root's alone" ''; else check hooks fail "${wrong# }" 'setup update'; fi
  for file in "$node" "$arbiter" ${config_jitconfig_command-}; do
    if [[ ! -e $file ]]; then
      check programs fail "$file is absent" "install it, or setup update with another place"
    elif real_of "$file" && changeable "$real"; then
      check programs fail "others than root may change $weak" "chown root ${weak%% *} && chmod go-w ${weak%% *}"
    else
      check programs ok "$file is root's alone" ''
    fi
  done
}

look_at_rights() {
  local source folder
  holds runner-reads-judge "$runner_user cannot look into $judge_state" "$runner_user can look into $judge_state" \
    'setup update' runner_is_kept_out "$judge_state"
  holds judge-writes-models "$judge_user reads the models and cannot change them" \
    "$judge_user can change $judge_state/models, or not read it" 'setup update' judge_reads_models
  source=${config_jitconfig_file:-${config_jitconfig_command:?}}
  holds registration "$runner_user cannot read $source" "$runner_user can read $source, and with it what it holds" \
    "chown root $source && chmod go-rwx $source" runner_cannot_read "$source"
  # One shell of that user's for all of them.
  # shellcheck disable=SC2086
  if ! folder=$(as_user "$runner_user" /bin/sh -c "$first_writable" sh \
    "$base" "$state/runner" "$state/marks" ${search_path//:/ }); then
    check path unknown "$runner_user cannot be asked" 'setup update'
  elif [[ -n $folder ]]; then
    check path fail "$runner_user can write $folder" "chown root $folder && chmod go-w $folder"
  else
    check path ok "$runner_user can write no folder of programs" ''
  fi
}
# shellcheck disable=SC2016 # the other user's shell reads it
first_writable='for folder; do if [ -d "$folder" ] && [ -w "$folder" ]; then echo "$folder"; exit; fi; done'

runner_is_kept_out() { ! as_user "$runner_user" test -r "$1" && ! as_user "$runner_user" test -x "$1"; }
runner_cannot_read() { ! as_user "$runner_user" test -r "$1"; }
judge_reads_models() {
  as_user "$judge_user" test -r "$judge_state/models" && ! as_user "$judge_user" test -w "$judge_state/models"
}

# What is as good as root.
look_at_ways_out() {
  local socket found='' sockets=0
  for socket in /var/run/docker.sock /run/docker.sock /run/podman/podman.sock /run/containerd/containerd.sock \
    /run/crio/crio.sock /run/libvirt/libvirt-sock /var/snap/lxd/common/lxd/unix.socket; do
    [[ -e $socket ]] || continue
    sockets=$((sockets + 1))
    if as_user "$runner_user" test -w "$socket"; then found="$found $socket"; fi
  done
  if [[ -z $found ]]; then check sockets ok "$runner_user can write no socket of a container engine ($sockets here)" ''; else
    check sockets fail "$runner_user can write$found" "take $runner_user out of the group of the socket"
  fi
  if command -v sudo >/dev/null && as_user "$runner_user" sudo -n -l >/dev/null 2>&1; then
    check sudo fail "$runner_user may run something by sudo" "visudo: take $runner_user out"
  else
    check sudo ok "$runner_user may run nothing by sudo" ''
  fi
}

# Room for a checkout, its dependencies and reports of one job.
disk_gib_min=20
# GitHub turns away a runner that is older than 30 days; this one does not change itself.
age_days_max=30
age_days_warn=21

look_at_room() {
  local gib days facts
  gib=$(($(df -Pk "$state" | awk 'NR == 2 { print $4 }') / 1048576))
  if ((gib >= disk_gib_min)); then check disk ok "$gib GiB free" ''; else
    check disk fail "$gib GiB free, less than $disk_gib_min" "make room below $state"
  fi
  if [[ ! -f $state/runner/bin/Runner.Listener ]]; then
    check runner-age fail "no $state/runner/bin/Runner.Listener" 'setup update --archive FILE --sha256 HEX'
    return
  fi
  age_days "$state/runner/bin/Runner.Listener"
  if ((days >= age_days_max)); then
    check runner-age fail "$days days old; GitHub takes none after $age_days_max" 'setup update --archive FILE --sha256 HEX'
  elif ((days >= age_days_warn)); then
    check runner-age warn "$days days old; GitHub takes none after $age_days_max" 'setup update --archive FILE --sha256 HEX'
  else
    check runner-age ok "$days days old" ''
  fi
}

look_at_sandbox() {
  local said status=0 folder
  folder=$(mktemp -d /tmp/caws-doctor.XXXXXX)
  chown "$runner_user" "$folder"
  said=$(as_user "$runner_user" HOME="$folder" TMPDIR="$folder" "$node" "$arbiter" runner sandbox-test 2>&1) || status=$?
  rm -rf "$folder"
  said=$(sed -n -e 's/^Sandbox: //p' -e '/NOT HELD/p' -e '/attempts/p' -e '/has no sandbox/p' <<<"$said" | tr '\n' ' ')
  if [[ $status -eq 0 && $said =~ All\ [0-9]+\ attempts\ held ]]; then check sandbox ok "$said" ''; else
    check sandbox fail "exit $status: ${said:-no answer that is one}" "as $runner_user: $node $arbiter runner sandbox-test"
  fi
}

look_at_marks() {
  local mark later
  for mark in dirty drained; do
    if [[ -e $state/marks/$mark ]]; then
      check "$mark" fail "$(head -c 600 "$state/marks/$mark" | tr '\n' ' ')" 'look at it, then: setup drain --end'
    fi
  done
  later=$(scheduled "$runner_user" "$root" | tr '\n' ' ')
  if [[ -z $later ]]; then check scheduled ok "nothing of $runner_user's is to be run later" ''; else
    check scheduled fail "$later" 'take it away'
  fi
}
