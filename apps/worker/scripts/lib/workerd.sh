#!/bin/sh
# The Ctrl+C of a terminal goes to every process in it. workerd leaves it to the one that has started it.
trap '' HUP INT
if [ -n "$WORKERD_ID_FILE" ]; then echo $$ >"$WORKERD_ID_FILE"; fi
# Where that one was killed, nobody is left to end workerd, which would go on serving and keep the data.
starter=$PPID
(
  while kill -0 "$starter" && kill -0 $$; do sleep 1; done
  kill -0 "$starter" || kill -KILL $$
) </dev/null >/dev/null 2>&1 3>&- 4>&- &
exec "$WORKERD_BINARY" "$@"
