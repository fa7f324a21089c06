/**
 * OpenSSL's bio.h with one change: a BIO's callback cannot falsify the results of what it only watches.
 *
 * mediasoup's callback answers 1 to every operation that it does not know, which makes each BIO_ctrl() on that BIO
 * succeed, BIO_CTRL_GET_KTLS_SEND among them. An OpenSSL that is built with kernel TLS, as Debian's is, then takes the
 * socket for one with kernel TLS, allocates no write buffer, and the worker dies of a null pointer at its first DTLS
 * flight. mediasoup's own builds bring an OpenSSL without kernel TLS. Here the callback still sees everything, and the
 * operation's own result stands.
 */
#ifndef ESCAUT_WORKER_COMPAT_OPENSSL_BIO_H
#define ESCAUT_WORKER_COMPAT_OPENSSL_BIO_H

#include_next <openssl/bio.h>

#ifdef __cplusplus
#include <cstddef>

template<BIO_callback_fn_ex Callback>
long escautWatch(
  BIO* bio, int operation, const char* argp, size_t len, int argi, long argl, int ret, size_t* processed)
{
	const long result = Callback(bio, operation, argp, len, argi, argl, ret, processed);

	return (operation & BIO_CB_RETURN) != 0 ? static_cast<long>(ret) : result;
}

#define BIO_set_callback_ex(bio, callback) (BIO_set_callback_ex)((bio), &escautWatch<(callback)>)
#endif

#endif
