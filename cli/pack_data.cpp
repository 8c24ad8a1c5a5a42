#include "cli/pack_data.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/data_options.h"
#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/data/pack.h"
#include "nasnet/data/placed.h"

namespace nasnet::cli {

void pack_data(const std::string& source, const PackFlags& flags, bool skip_unreadable, bool json) {
  if (flags.out.empty())
    throw InputError("nasnet data pack wants --out, the folder that the shards go into");
  const int64_t shard_bytes = parse_bytes(flags.shard_size, "--shard-size");
  if (shard_bytes == 0) throw InputError("--shard-size wants a size, such as 1GB");
  const data::Packed packed = data::pack(source, {.out = flags.out,
                                                  .shard_bytes = shard_bytes,
                                                  .max_side = flags.max_side,
                                                  .quality = flags.quality,
                                                  .skip_unreadable = skip_unreadable});
  if (json) {
    const nlohmann::ordered_json result = {
        {"out", flags.out},        {"images", packed.images},
        {"shards", packed.shards}, {"shards_before", packed.shards_before},
        {"bytes", packed.bytes},   {"unreadable", packed.unreadable.size()}};
    fmt::print("{}\n",
               result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  for (const data::Unreadable& file : packed.unreadable) fmt::print("{}\n", file.why);
  say_left_out(packed.ignored);
  for (const data::LeftOutImages& some : packed.left_out)
    fmt::print("{} {}\n", data::count_images(some.images), some.why);
  fmt::print("{} in {} shard{}, {}{}, in {}\n", data::count_images(packed.images), packed.shards,
             packed.shards == 1 ? "" : "s", format_bytes(packed.bytes),
             packed.shards_before > 0 ? fmt::format(" ({} were there)", packed.shards_before) : "",
             flags.out);
}

}  // namespace nasnet::cli
