# shellcheck shell=bash
# What the operator says of this machine, in a file that the arbiter reads: see README.md. Its words are the
# operator's: setup writes the caches into it, and nothing else of it.

host_schema='policies/schema/runner-host.schema.json'

host_wanted=
measure_host() {
  host_wanted=$(host_text checked-with-caches 2>/dev/null) ||
    refuse "what the operator says cannot be read: $(plain "$(host_text checked-with-caches 2>&1)")" "$host_file" \
      "mend it as $host_schema says"
}

put_host() {
  put_folder "$host_folder" "$admin" 755
  # Not yet known where nothing was measured.
  put_file "$host_file" "$admin" 644 "${host_wanted:-$(host_text with-caches)}"
  case $caches_gib in
    # Never said: where the operator keeps some, they stay.
    '') ;;
    0) remove "$caches" ;;
    *) put_folder "$caches" "$runner_user:$runner_group" 700 ;;
  esac
}

# host_text VERB: what the file is to say: what it says now, with these caches where setup was told of some.
host_text() {
  if [[ -e $host_file ]]; then
    "$node" "$setup_folder/lib/host-file.cjs" "$1" "$host_file" "$caches" "$caches_gib"
  elif [[ ${caches_gib:-0} == 0 ]]; then
    printf '{\n  "version": 1\n}\n'
  else
    printf '{\n  "version": 1,\n  "caches": {\n    "folder": "%s",\n    "max_bytes": %s\n  }\n}\n' \
      "$caches" "$((caches_gib * 1073741824))"
  fi
}

# take_host ours|others: whether setup made it. What says more than setup wrote stays, without setup's caches.
take_host() {
  local text
  [[ -f $host_file ]] || return 0
  if [[ -n $caches_gib ]]; then caches_gib=0; fi
  text=$(host_text with-caches) || text=
  if [[ $1 == ours && $text == $'{\n  "version": 1\n}' ]]; then
    remove "$host_file"
  else
    if [[ -n $text ]]; then put_file "$host_file" "$admin" 644 "$text"; fi
    by_hand "it says more than setup wrote" rm "$host_file"
  fi
}

look_at_host() {
  local weak said line folder='' bytes=''
  if [[ ! -e $host_file ]]; then
    check host-file fail "no $host_file" 'setup update'
    return
  fi
  if changeable "$host_file"; then
    check host-file fail "others than root may change $weak" "chown root ${weak%% *} && chmod go-w ${weak%% *}"
    return
  fi
  if ! said=$("$node" "$setup_folder/lib/host-file.cjs" told "$host_file" 2>&1); then
    check host-file fail "$(plain "$said")" "mend $host_file as $host_schema says; until then no gate runs"
    return
  fi
  check host-file ok "$host_file is root's alone" ''
  look_at_isolation "$said"
  while IFS= read -r line; do
    if [[ $line =~ ^caches\ ([0-9]+)\ (.*)$ ]]; then bytes=${BASH_REMATCH[1]} folder=${BASH_REMATCH[2]}; fi
  done <<<"$said"
  if [[ -z $folder ]]; then check caches ok 'none are kept; setup update --caches-gib NUMBER keeps some' ''; else look_at_caches "$folder" "$bytes"; fi
}

# A program that is not there is passed over, and what comes after it is used.
look_at_isolation() {
  local program real weak
  while IFS= read -r program; do
    if [[ $program != 'program '* ]]; then continue; fi
    program=${program#program }
    if [[ ! -e $program ]]; then
      check isolation warn "$program is absent, and passed over" "install it, or take it out of $host_file"
    elif [[ ! -f $program || -L $program ]]; then
      check isolation fail "$program is no file, so no gate runs" "name the file itself in $host_file"
    elif real_of "$program" && changeable "$real"; then
      check isolation fail "others than root may change $weak" "chown root ${weak%% *} && chmod go-w ${weak%% *}"
    elif ! as_user "$runner_user" test -x "$program"; then
      check isolation fail "$runner_user may not run $program, so no gate runs" "chmod 755 $program"
    else
      check isolation ok "$program is root's alone" ''
    fi
  done <<<"$1"
}

# look_at_caches FOLDER BYTES
look_at_caches() {
  local owned real weak free
  owner_and_mode "$1"
  free=$(($(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 }') + 0))
  if [[ $owned != "$runner_user:$runner_group 700" ]]; then
    check caches fail "$1 is ${owned:-absent}, not $runner_user:$runner_group 700, so nothing is kept" \
      "install -d -m 700 -o $runner_user -g $runner_group $1"
  elif real_of "${1%/*}" && changeable "$real"; then
    check caches fail "others than root may change $weak" "chown root ${weak%% *} && chmod go-w ${weak%% *}"
  elif [[ $platform == linux && $1 != "$caches" ]] && ! grep -qs "^ReadWritePaths=.*$1" "$units/caws-runner.service.d/"*.conf; then
    check caches fail "$1 is no place where caws-runner.service may write" \
      "setup update --caches-gib NUMBER, or systemctl edit caws-runner.service: [Service] ReadWritePaths=$1"
  elif ((free * 1024 < $2 / 4)); then
    check caches warn "$1 may take $(($2 / 1073741824)) GiB, and $((free / 1048576)) GiB are free" \
      "make room, or: setup update --caches-gib NUMBER"
  else
    check caches ok "$1 is $runner_user's alone, $(($2 / 1073741824)) GiB at most" ''
  fi
}
