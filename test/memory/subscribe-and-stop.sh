#!/bin/sh
# A module of the smallest kind: its handshake and its subscription by hand, then it stops itself with SIGSTOP.
# Everything is text of a known length: MessagePack's str8 (d9), one byte of length, the text.

text() {
  printf "\\331\\$(printf %03o ${#1})%s" "$1"
}

frame() {
  # Bodies here are shorter than 65,536 bytes.
  bytes=$(wc -c <"$DATA_DIR/body")
  printf "\\000\\000\\$(printf %03o $((bytes / 256)))\\$(printf %03o $((bytes % 256)))" >&3
  cat "$DATA_DIR/body" >&3
}

{
  printf '\224\000\001' # [0, 1, "Handshake", {5 fields}]
  text Handshake
  printf '\205'
  text module_id && text "$MODULE_ID"
  text module_name && text "$MODULE_NAME"
  text version && text 1.0.0
  text protocol
  printf '\202'
  text min && printf '\001'
  text max && printf '\001'
  text features
  printf '\222'
  text ack && text gap
} >"$DATA_DIR/body"
frame
{
  printf '\224\000\002' # [0, 2, "SubscribeEvents", {event_types: [one]}]
  text SubscribeEvents
  printf '\201'
  text event_types
  printf '\221'
  text "$MODULE_CONFIG_EVENT_TYPE"
} >"$DATA_DIR/body"
frame
kill -STOP $$
# Continued, it reads what comes until the host closes.
exec cat <&3 >/dev/null
