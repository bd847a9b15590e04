#pragma once
#include <libwebsockets.h>

// Function-like and 64-bit macros do not cross into Swift.
static const int studio_lws_pre = LWS_PRE;
static const uint64_t studio_lws_tls = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
static const uint64_t studio_lws_server_options =
    LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
static const uint64_t studio_lws_no_ipv6 = LWS_SERVER_OPTION_DISABLE_IPV6;
static const uint64_t studio_lws_explicit = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
static const int studio_lws_no_listen = CONTEXT_PORT_NO_LISTEN;

// One alarm on the service thread. `sul` must stay first: libwebsockets hands back its address.
typedef struct studio_lws_alarm {
  lws_sorted_usec_list_t sul;
  void *owner;
} studio_lws_alarm;

static inline void studio_lws_kill(struct lws *wsi) {
  lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}
static inline void studio_lws_kill_in(struct lws *wsi, int seconds) {
  lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, seconds);
}
