#include "nasnet/data/notes.h"

#include <fmt/format.h>

#include "nasnet/data/placed.h"
#include "nasnet/data/stored_images.h"

// Left-out files and images are told in the same words by every verb: sentences for standard error,
// keys for JSON. The worst comes first: unreadable files, then kinds, then images of no split.

namespace nasnet::data {

std::vector<Unreadable> all_unreadable(const DataSet& data) {
  std::vector<Unreadable> all = data.unreadable;
  for (const ImageSet* set : {&data.train, &data.test}) {
    if (!set->stored) continue;
    const std::vector<Unreadable> later = set->stored->unreadable();
    all.insert(all.end(), later.begin(), later.end());
  }
  return all;
}

std::vector<std::string> notes_of(const DataSet& data) {
  std::vector<std::string> notes;
  if (const std::vector<Unreadable> all = all_unreadable(data); !all.empty())
    notes.push_back(fmt::format("skipped {} unreadable file{}; the first: {}", all.size(),
                                all.size() == 1 ? "" : "s", all[0].why));
  if (!data.ignored.empty()) notes.push_back("not read: " + describe_left_out(data.ignored));
  for (const LeftOutImages& some : data.left_out)
    notes.push_back(fmt::format("{} {}", count_images(some.images), some.why));
  notes.insert(notes.end(), data.notes.begin(), data.notes.end());
  return notes;
}

void add_left_out(nlohmann::ordered_json& object, const DataSet& data) {
  object["ignored"] = nlohmann::ordered_json::object();
  for (const auto& [kind, files] : data.ignored) object["ignored"][kind] = files.count;
  object["left_out"] = nlohmann::ordered_json::array();
  for (const LeftOutImages& some : data.left_out)
    object["left_out"].push_back({{"images", some.images}, {"why", some.why}});
  object["notes"] = data.notes;
  object["unreadable"] = nlohmann::ordered_json::array();
  for (const Unreadable& file : all_unreadable(data))
    object["unreadable"].push_back({{"file", file.file}, {"why", file.why}});
}

}  // namespace nasnet::data
