# dist.sh, sourced by tasks.sh: `./run dist`. One archive that unpacks under /usr/local or ~/.local: static programs, man page,
# completions, the licences of what is linked in, sums. Then the program is tried in a folder that holds nothing else.
version=$(sed -n 's/^project(glovebox VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=glovebox-$version-linux-x86_64
out=build/dist/glovebox-$version
programs=()
for main in apps/*/main.cpp; do programs+=("$(basename "$(dirname "$main")")"); done
[ -e apps/glovebox/main.cpp ] || { say "glovebox is not written yet (apps/glovebox)"; exit 69; }
build release "${programs[@]}"

date=$(git log -1 --format=%cs 2> /dev/null || date +%F)
rm -rf build/dist
mkdir -p "$out"/{bin,share/man/man1,share/bash-completion/completions,share/zsh/site-functions,share/fish/vendor_completions.d,share/doc/glovebox/licences}
for program in "${programs[@]}"; do
  strip -o "$out/bin/$program" "build/release/bin/$program"
  if readelf -lW "$out/bin/$program" | grep -q INTERP; then say "$program is not static"; exit 1; fi
done
help() { python3 "$tools/cli_help.py" "$1" "$out/bin/glovebox" "$version" "$date"; }
help man > "$out/share/man/man1/glovebox.1"
help bash > "$out/share/bash-completion/completions/glovebox"
help zsh > "$out/share/zsh/site-functions/_glovebox"
help fish > "$out/share/fish/vendor_completions.d/glovebox.fish"
bash -n "$out/share/bash-completion/completions/glovebox"
for file in README.md LICENSE LICENCE CHANGELOG.md; do [ ! -e "$file" ] || cp "$file" "$out/share/doc/glovebox/"; done
for package in libc6-dev libstdc++-14-dev libssl-dev zlib1g-dev libzstd-dev libdeflate-dev libsqlite3-dev libseccomp-dev \
  libboost1.83-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libspdlog-dev libfmt-dev; do
  [ ! -e "/usr/share/doc/$package/copyright" ] || cp -L "/usr/share/doc/$package/copyright" "$out/share/doc/glovebox/licences/$package"
done
(cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum > SHA256SUMS)
tar -C build/dist --sort=name --mtime="$date" --owner=0 --group=0 --numeric-owner -c "glovebox-$version" | gzip -9n > "build/dist/$name.tar.gz"
(cd build/dist && sha256sum "$name.tar.gz" > SHA256SUMS)

# The trial: unpacked from the archive, alone in a folder that is made the root, with no variable set.
empty=$(mktemp -d build/dist/empty.XXXXXX)
trap 'rm -rf "$checkout/$empty"' EXIT
tar -xzf "build/dist/$name.tar.gz" -C "$empty" --strip-components=2 "glovebox-$version/bin/glovebox"
alone() {
  local become=()
  [ "$(id -u)" = 0 ] || become=(/usr/bin/unshare --user --map-root-user)
  env -i "${become[@]}" /usr/sbin/chroot "$empty" "$@"
}
[ "$(alone /glovebox --version)" = "glovebox $version" ] || { say "in an empty root, glovebox --version does not answer"; exit 1; }
alone /glovebox keygen -o /me.key || { say "in an empty root, glovebox keygen fails"; exit 1; }
say "$(ls "$empty" | tr '\n' ' ')is all that the trial's root holds: glovebox --version and keygen work there"
(cd build/dist && ls -l "$name.tar.gz" && cat SHA256SUMS)
