#!/bin/sh
# filled.sh TEMPLATE DIR PORT COMMAND...: fill the template in and run COMMAND with the file's name
# behind it, in this process.
set -eu
template=$1 dir=$2 port=$3
shift 3
file=$dir/$(basename "$template" .in)
user=
[ "$(id -u)" -ne 0 ] || user='user: root'
sed -e "s|@PORT@|$port|g" -e "s|@DIR@|$dir|g" -e "s|@USER@|$user|" "$template" >"$file"
exec "$@" "$file"
