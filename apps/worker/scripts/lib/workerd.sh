#!/bin/sh
# The Ctrl+C of a terminal goes to every process in it. workerd leaves it to the one that has started it.
trap '' HUP INT
exec "$WORKERD_BINARY" "$@"
