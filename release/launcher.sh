#!/bin/sh
# Starts the file beside this one that fits a Python of this machine. Called kubectl-netpol, it is a plugin of kubectl.
here=$0
while [ -L "$here" ]; do
  target=$(readlink "$here")
  case $target in /*) here=$target ;; *) here=$(dirname "$here")/$target ;; esac
done
here=$(cd "$(dirname "$here")" && pwd)
for version in 3.13 3.12 3.11; do
  file=$here/netpol-python$version.pyz
  # a name on the PATH may be a shim that leads nowhere
  if [ -f "$file" ] && "python$version" -c '' >/dev/null 2>&1; then
    exec "python$version" -P "$file" "$@"
  fi
done
echo 'netpol: no Python of a version that this was built for was found (python3.13, python3.12 or python3.11)' >&2
exit 2
