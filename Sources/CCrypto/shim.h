#pragma once
// The low-level SHA-256 interface is the one without a per-call context allocation.
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>
