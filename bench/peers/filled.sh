#!/bin/sh
# filled.sh TEMPLATE DIR PORT COMMAND...: fill the template in and run COMMAND with the file's name
# behind it, in this process.
set -eu
template=$1 dir=$2 port=$3
shift 3
file=$dir/$(basename "$template" .in)
sed -e "s|@PORT@|$port|g" -e "s|@DIR@|$dir|g" "$template" >"$file"
exec "$@" "$file"
