/**
 * The libsrtp 3 calls that mediasoup makes, given over libsrtp 2, which is what Debian 12 packages.
 *
 * Two shapes differ. A policy is an opaque object filled by setters (2: an open struct that points at the key), and
 * protect/unprotect read one buffer and write another (2: in place, the caller vouching for room at the end). The names
 * that libsrtp 2 already uses are overloaded; its own policy type is renamed out of the way.
 *
 * Where mediasoup moves on: a missing call shows as a compile error, never as a silent difference.
 */
#ifndef ESCAUT_WORKER_COMPAT_SRTP_H
#define ESCAUT_WORKER_COMPAT_SRTP_H

#define srtp_policy_t srtp2_policy_t
#include <srtp2/srtp.h>
#undef srtp_policy_t

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

// Error codes that libsrtp 3 added. Its numbers; both fit the range of libsrtp 2's enum.
inline constexpr auto srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(28);
inline constexpr auto srtp_err_status_cryptex_err  = static_cast<srtp_err_status_t>(29);

struct EscautSrtpPolicy
{
	srtp2_policy_t inner{};
	srtp_profile_t profile{ srtp_profile_reserved };
	unsigned char keyAndSalt[SRTP_MAX_KEY_LEN]{};
};

using srtp_policy_t = EscautSrtpPolicy*;

inline srtp_err_status_t srtp_policy_create(srtp_policy_t* policy)
{
	*policy = new (std::nothrow) EscautSrtpPolicy();

	return *policy != nullptr ? srtp_err_status_ok : srtp_err_status_alloc_fail;
}

inline void srtp_policy_destroy(srtp_policy_t policy)
{
	if (policy != nullptr)
	{
		// Through a volatile pointer so that the wipe of the master key is not optimised away.
		std::memset(policy->keyAndSalt, 0, sizeof(policy->keyAndSalt));
		asm volatile("" : : "r"(policy->keyAndSalt) : "memory");
	}

	delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(srtp_policy_t policy, srtp_ssrc_t ssrc)
{
	policy->inner.ssrc = ssrc;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(srtp_policy_t policy, srtp_profile_t profile)
{
	policy->profile = profile;

	const auto err = srtp_crypto_policy_set_from_profile_for_rtp(&policy->inner.rtp, profile);

	return err != srtp_err_status_ok
	         ? err
	         : srtp_crypto_policy_set_from_profile_for_rtcp(&policy->inner.rtcp, profile);
}

inline srtp_err_status_t srtp_policy_add_key(
  srtp_policy_t policy,
  const uint8_t* key,
  size_t keyLen,
  const uint8_t* salt,
  size_t saltLen,
  const uint8_t* mki,
  size_t mkiLen)
{
	// mediasoup uses one key and no MKI; anything else must be noticed, not ignored.
	if (mki != nullptr || mkiLen != 0 || policy->inner.key != nullptr || keyLen + saltLen > SRTP_MAX_KEY_LEN)
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(policy->keyAndSalt, key, keyLen);
	std::memcpy(policy->keyAndSalt + keyLen, salt, saltLen);
	policy->inner.key = policy->keyAndSalt;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(srtp_policy_t policy, bool allow)
{
	policy->inner.allow_repeat_tx = allow ? 1 : 0;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(srtp_policy_t policy, size_t windowSize)
{
	policy->inner.window_size = windowSize;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, srtp_policy_t policy)
{
	// libsrtp 2 copies what it needs: neither the policy nor the key is referred to after the call.
	return srtp_create(session, static_cast<const srtp2_policy_t*>(&policy->inner));
}

inline srtp_err_status_t srtp_stream_remove(srtp_t session, uint32_t ssrc)
{
	return srtp_remove_stream(session, ssrc);
}

namespace escautSrtp
{
	using InPlace = srtp_err_status_t (*)(srtp_t, void*, int*);

	/** Runs an in-place call of libsrtp 2 from `in` to `out`; `*outLen` is the room in `out`, then what was written. */
	inline srtp_err_status_t run(
	  InPlace call, srtp_t ctx, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen, size_t growth)
	{
		if (*outLen < inLen + growth)
		{
			return srtp_err_status_buffer_small;
		}

		if (out != in)
		{
			std::memmove(out, in, inLen);
		}

		auto len       = static_cast<int>(inLen);
		const auto err = call(ctx, out, &len);

		if (err == srtp_err_status_ok)
		{
			*outLen = static_cast<size_t>(len);
		}

		return err;
	}
} // namespace escautSrtp

inline srtp_err_status_t srtp_protect(
  srtp_t ctx, const uint8_t* rtp, size_t rtpLen, uint8_t* srtp, size_t* srtpLen, size_t mkiIndex)
{
	return mkiIndex != 0
	         ? srtp_err_status_bad_mki
	         : escautSrtp::run(&srtp_protect, ctx, rtp, rtpLen, srtp, srtpLen, SRTP_MAX_TRAILER_LEN);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t ctx, const uint8_t* srtp, size_t srtpLen, uint8_t* rtp, size_t* rtpLen)
{
	return escautSrtp::run(&srtp_unprotect, ctx, srtp, srtpLen, rtp, rtpLen, 0);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t ctx, const uint8_t* rtcp, size_t rtcpLen, uint8_t* srtcp, size_t* srtcpLen, size_t mkiIndex)
{
	// The trailer of SRTCP has its 4-byte index besides tag and MKI.
	return mkiIndex != 0
	         ? srtp_err_status_bad_mki
	         : escautSrtp::run(
	             &srtp_protect_rtcp, ctx, rtcp, rtcpLen, srtcp, srtcpLen, SRTP_MAX_TRAILER_LEN + sizeof(uint32_t));
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t ctx, const uint8_t* srtcp, size_t srtcpLen, uint8_t* rtcp, size_t* rtcpLen)
{
	return escautSrtp::run(&srtp_unprotect_rtcp, ctx, srtcp, srtcpLen, rtcp, rtcpLen, 0);
}

#endif
