#!/bin/sh
# inside.sh ROOT NEW HERE USER GROUP FOLDERS COMMAND...: the half of enter.sh that runs as process 1 of the new namespaces.
# It builds a tree on a tmpfs at NEW, makes it the root, and runs the command in HERE. USER and GROUP are the caller's
# lines of passwd and group; FOLDERS, one a line, must be at their own places inside wherever they lie.
#
# pivot_root and not chroot, because only then may the command make further namespaces (the development enclave does).
set -eu
root=$1 new=$2 here=$3 user=$4 group=$5 folders=$6
shift 6
. "$(dirname "$0")/beside.sh"

if ! command -v mount > /dev/null; then # the barest Debian has none: ROOT's, with ROOT's libraries
  mount() { "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/mount" "$@"; }
fi
mount -t tmpfs -o mode=755 tmpfs "$new"
mount --make-unbindable "$new" # else binding the folder that holds NEW would bind all of this once more
mkdir "$new/run" "$new/proc" "$new/.old"
mount -t proc proc "$new/proc" 2> /dev/null || mount --rbind /proc "$new/proc"

# The system, from ROOT.
for from in "$root"/*; do
  name=${from##*/}
  if [ -L "$from" ]; then cp -P "$from" "$new/$name"; continue; fi
  case $name in
    etc|lib*|usr|var)
      mkdir "$new/$name"
      mount --bind "$from" "$new/$name"
      mount -o remount,bind,ro "$new/$name" ;;
  esac
done
# All else, from the machine.
for from in /*; do
  name=${from##*/}
  case $name in bin|boot|etc|lib*|lost+found|opt|proc|run|sbin|usr|var) continue ;; esac
  if [ -L "$from" ]; then cp -P "$from" "$new/$name"
  elif [ -d "$from" ]; then mkdir "$new/$name"; mount --rbind "$from" "$new/$name"; fi
done
# What must be there too and lies among the machine's system folders: /var/lib/someone, /usr/src/glovebox. An empty folder
# over the deepest one that ROOT has makes room for it; nobody inside misses what that hides.
printf '%s\n' "$folders" | while read -r folder; do
  if ! [ -d "$folder" ] || [ "$folder" -ef "$new$folder" ]; then continue; fi
  case $folder/ in /proc/*|/dev/*|/sys/*|/) continue ;; esac
  under=$folder
  while ! [ -d "$new$under" ]; do under=${under%/*}; done
  case $under in
    "$folder") case $folder/ in /usr/*|/etc/*|/lib*) continue ;; esac ;; # a system folder: ROOT's is the one to see
    /usr|/etc|/usr/bin|/usr/lib*|/usr/share|/lib*)
      echo "glovebox: $folder cannot be seen inside: Debian's own files are in $under. Move it to another place." >&2
      exit 69 ;;
    *) mkdir -p "$new$folder" 2> /dev/null || { mount -t tmpfs -o mode=755 tmpfs "$new$under"; mkdir -p "$new$folder"; } ;;
  esac
  mount --rbind "$folder" "$new$folder"
done

mount --make-private "$new"
{ cat "$root/etc/passwd"; echo "$user"; } | awk -F: '!seen[$3]++' > "$new/run/passwd"
{ cat "$root/etc/group"; echo "$group"; } | awk -F: '!seen[$3]++' > "$new/run/group"
for file in passwd group; do mount --bind "$new/run/$file" "$new/etc/$file"; done
for file in resolv.conf hosts; do [ ! -e /etc/$file ] || mount --bind /etc/$file "$new/etc/$file"; done

cd "$new"
pivot_root . .old
umount -l /.old
rmdir /.old
cd "$here" 2> /dev/null || cd /
forward() { kill -TERM "$child" 2> /dev/null || :; }
run_beside "$@"
