# shellcheck shell=bash
# GitHub's program: an archive that somebody fetched, with the digest that its release names.

# More files, and more of them, than any release had: 12,000 files, 800 MB.
archive_entries_max=100000

measure_archive() {
  [[ -f $archive ]] || refuse 'no file' "$archive" 'fetch the archive of actions/runner, and name it with --archive'
  local digest listing kinds
  digest=$(sha256_of "$archive")
  if [[ $digest != "$sha256" ]]; then
    refuse "sha256 $digest, and --sha256 says $sha256" "$archive" 'fetch it again; compare with the digest in the notes of its release'
  fi
  listing=$(tar -tzf "$archive") || refuse 'no archive of tar and gzip' "$archive" 'fetch it again'
  if (($(wc -l <<<"$listing") > archive_entries_max)); then
    refuse "more than $archive_entries_max entries" "$archive" 'fetch the archive of actions/runner'
  fi
  if grep -Eq '^/|(^|/)\.\.(/|$)' <<<"$listing"; then
    refuse 'a name that leaves the folder' "$archive" 'fetch the archive of actions/runner'
  fi
  # A file, a folder, a link, a second name of a file: nothing else has a place in it.
  kinds=$(tar -tvzf "$archive") || refuse 'no archive of tar and gzip' "$archive" 'fetch it again'
  if grep -Eqv '^[-dlh]' <<<"$kinds"; then
    refuse 'something that is no file, no folder and no link' "$archive" 'fetch the archive of actions/runner'
  fi
  if ! grep -Eq '^(\./)?bin/Runner\.Listener$' <<<"$listing"; then
    refuse 'no bin/Runner.Listener in it' "$archive" 'fetch the archive of actions/runner'
  fi
}

# The program lies as root's; each job gets a folder of its own with links to it.
put_runner() {
  if [[ -d $state/runner && ${config_archive_sha256-} == "$sha256" ]]; then return; fi
  change "+ the runner of $archive (sha256 $sha256) in $state/runner" || return 0
  local fresh=$state/runner.new odd
  rm -rf "$fresh"
  mkdir "$fresh"
  tar -xzf "$archive" -C "$fresh" --no-same-owner
  chown -R "$admin" "$fresh"
  chmod -R u+rwX,go+rX,go-w,ug-s "$fresh"
  odd=$(links_out_of "$fresh" | awk 'NR == 1')
  if [[ -n $odd ]]; then
    rm -rf "$fresh"
    refuse 'a link out of its folder' "$odd in $archive" 'fetch the archive of actions/runner'
  fi
  rm -rf "$state/runner"
  mv "$fresh" "$state/runner"
}

links_out_of() {
  find "$1" -type l | while IFS= read -r link; do
    case $(cd "${link%/*}" && realpath "$(readlink "$link")" 2>/dev/null || echo nowhere) in
      "$1"/*) ;;
      *) printf '%s\n' "$link" ;;
    esac
  done
}
