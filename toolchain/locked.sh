#!/bin/sh
# locked.sh LOCK ARCHIVES [FOLDER]: brings every package that LOCK names into ARCHIVES, each exactly as it stands there, and
# prints "SHA256  FILE" for each. A line of LOCK is PACKAGE VERSION SHA256 PATH, the path being the one in Debian's archive.
#
# A package comes from ARCHIVES, from FOLDER if one is given (then from nowhere else), from Debian's mirror, or from Debian's
# archive of snapshots, which keeps what mirrors drop. One that is there in another version, or with other bytes, is refused by name.
# GLOVEBOX_MIRROR and GLOVEBOX_SNAPSHOT name other places. APT_CONFIG may name a configuration for apt's downloader.
set -eu
lock=$1 archives=$2 folder=${3:-}
say() { printf 'glovebox: %s\n' "$*" >&2; }
mirror=${GLOVEBOX_MIRROR:-http://deb.debian.org}
snapshot=${GLOVEBOX_SNAPSHOT:-http://snapshot.debian.org}
taken=$(sed -n 's/^# taken //p' "$lock")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
helper=${GLOVEBOX_APT_HELPER:-/usr/lib/apt/apt-helper}

# Each line with the file's name as apt keeps it: the version in full, ':' as %3a.
grep -v '^#' "$lock" | awk 'NF != 4 { print "glovebox: image/lock: a line of " NF " words, not 4: " $0 > "/dev/stderr"; exit 1 }
  { version = $2; gsub(/:/, "%3a", version); arch = $4; sub(/.*_/, "", arch); print $3, $1 "_" version "_" arch, $1, $2, $4 }' > "$work/all" ||
  exit 69
[ -s "$work/all" ] || { say "$lock names no package"; exit 69; }
sha_of() { sha256sum "$1" | cut -c1-64; }

: > "$work/missing"
while read -r sha file package version path; do
  if [ -n "$folder" ]; then
    from=''
    for name in "$file" "${path##*/}"; do [ -z "$from" ] && [ -e "$folder/$name" ] && from=$folder/$name; done
    if [ -z "$from" ]; then
      for other in "$folder/${package}_"*.deb; do
        [ -e "$other" ] || continue
        say "$package is locked at version $version; $folder has ${other##*/}"
        exit 69
      done
      say "$package, locked at version $version, is not in $folder ($file)"
      exit 69
    fi
    [ "$from" -ef "$archives/$file" ] || cp "$from" "$archives/$file"
  elif ! [ -e "$archives/$file" ]; then
    echo "$sha $file $package $version $path" >> "$work/missing"
  fi
done < "$work/all"

# fetch BASE: tries to download what is still missing. apt's downloader holds each to its hash.
fetch() {
  set --  "$1" $(while read -r sha file package version path; do
    printf '%s %s %s ' "$1/$path" "$archives/partial/$file" "SHA256:$sha"; done < "$work/missing")
  shift
  mkdir -p "$archives/partial"
  "$helper" -qq download-file "$@" > "$work/log" 2>&1 || :
  mv "$work/missing" "$work/wanted"
  : > "$work/missing"
  while read -r sha file package version path; do
    if [ -e "$archives/partial/$file" ] && [ "$(sha_of "$archives/partial/$file")" = "$sha" ]; then
      mv "$archives/partial/$file" "$archives/$file"
    else
      rm -f "$archives/partial/$file"
      echo "$sha $file $package $version $path" >> "$work/missing"
    fi
  done < "$work/wanted"
}
if [ -s "$work/missing" ]; then
  say "downloading $(grep -c . "$work/missing") locked packages from $mirror"
  fetch "$mirror"
fi
if [ -s "$work/missing" ] && [ -n "$taken" ]; then # by their archive and the day on which the lock was made
  say "$(grep -c . "$work/missing") of them are there no more: asking $snapshot"
  sed "s| \(debian[a-z-]*\)/\(pool/[^ ]*\)\$| archive/\1/$taken/\2|" "$work/missing" > "$work/renamed"
  mv "$work/renamed" "$work/missing"
  fetch "$snapshot"
fi
if [ -s "$work/missing" ]; then
  while read -r sha file package version path; do
    say "$package is locked at version $version, SHA-256 $sha: it cannot be had ($path)"
  done < "$work/missing"
  say "packages kept elsewhere: ./run image --packages FOLDER; newer ones: ./run image --relock, which makes another image"
  exit 69
fi

while read -r sha file package version path; do
  found=$(sha_of "$archives/$file")
  [ "$found" = "$sha" ] || {
    say "$package $version is locked with SHA-256 $sha; $archives/$file has $found: remove it"
    exit 69
  }
  echo "$sha  $file"
done < "$work/all"
