/**
 * Stand-in for ankerl::unordered_dense, which Debian 12 does not package.
 *
 * mediasoup uses it for speed only: the standard containers have the interface that it calls. Its maps on the packet
 * path hold a handful of streams, so the difference is below what we can measure.
 */
#ifndef ESCAUT_WORKER_COMPAT_UNORDERED_DENSE_H
#define ESCAUT_WORKER_COMPAT_UNORDERED_DENSE_H

#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace ankerl::unordered_dense
{
	template<typename Key, typename Value, typename... Rest>
	using map = std::unordered_map<Key, Value, Rest...>;

	template<typename Key, typename... Rest>
	using set = std::unordered_set<Key, Rest...>;

	template<typename Key>
	using hash = std::hash<Key>;
} // namespace ankerl::unordered_dense

#endif
