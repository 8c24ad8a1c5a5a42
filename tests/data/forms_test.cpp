#include <fmt/format.h>

#include "nasnet/base/random.h"
#include "nasnet/data/batches.h"
#include "nasnet/data/pack.h"
#include "nasnet/data/stored_images.h"
#include "tests/data/make_archives.h"
#include "tests/data/make_files.h"
#include "tests/data/make_tfrecord.h"

namespace nasnet::data {
namespace {

/// One set of pictures of three classes, kept in every form that is read.
class Forms : public WithFolder {
 protected:
  Forms() {
    Random random(1, 0, "pictures");
    for (const std::string name : {"cat", "dog", "fish"})
      for (int i = 0; i < 12; ++i) {
        const int width = 16 + static_cast<int>(random.below(30)),
                  height = 16 + static_cast<int>(random.below(30));
        std::vector<uint8_t> pixels(int64_t{width} * height * 3);
        for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random.below(256));
        files_[fmt::format("{}/{:03}.png", name, i)] =
            png(width, height, PNG_FORMAT_RGB, pixels.data());
      }
    std::map<std::string, std::vector<TarMember>> tars, shards;
    std::map<std::string, std::vector<ZipMember>> zips;
    std::map<std::string, std::string> records;
    std::vector<ZipMember> zip;
    std::vector<TarMember> tar;
    int64_t i = 0;
    for (const auto& [path, bytes] : files_) {
      const std::string label = path.substr(0, path.find('/')),
                        name = path.substr(label.size() + 1);
      write({{"folder/" + path, bytes}});
      tar.push_back({path, bytes});
      tars[label].push_back({name, bytes});
      zips[label].push_back(deflated_member(name, bytes));
      zip.push_back(i % 2 ? deflated_member(path, bytes) : ZipMember{path, bytes});
      // Dealt out, so that no shard holds one class alone.
      std::vector<TarMember>& shard = shards[fmt::format("train-{:06}.tar", i % 4)];
      shard.push_back({path, bytes});
      shard.push_back({path.substr(0, path.rfind('.')) + ".cls", label});
      const std::string record = slim_record(path, bytes, label, 1);
      records[fmt::format("train-{:05}-of-00003", i % 3)] += record;
      one_record_ += record;
      ++i;
    }
    std::vector<TarMember> nested;
    for (const auto& [name, members] : tars) {
      nested.push_back({name + ".tar", make_tar(members)});
      write({{"tars/" + name + ".tar", make_tar(members)}});
    }
    for (const auto& [name, members] : zips) write({{"zips/" + name + ".zip", make_zip(members)}});
    for (const auto& [name, members] : shards) write({{"shards/" + name, make_tar(members)}});
    for (const auto& [name, bytes] : records) write({{"records/" + name, bytes}});
    write({{"set.tar", make_tar(tar)},
           {"set.tar.gz", gzip(make_tar(tar))},
           {"nested.tar", make_tar(nested)},
           {"set.zip", make_zip(zip)},
           {"large.zip", make_zip(zip, true)},
           {"one.tfrecord", one_record_}});
    data::pack(path("folder"), {.out = path("packed"), .shard_bytes = 30'000});
    forms_ = {"folder",
              "set.tar",
              "set.tar.gz",
              "nested.tar",
              "tars",
              "set.zip",
              "large.zip",
              "zips",
              "shards",
              "shards/train-{000000..000003}.tar",
              "tars/{cat,dog,fish}.tar",
              "records",
              "records/train-{00000..00002}-of-00003",
              "one.tfrecord",
              "packed"};
  }

  /// A set as a training sees it: every batch of two epochs, and which pictures there are.
  struct Seen {
    std::vector<std::string> classes, paths;
    std::vector<int64_t> labels;
    std::vector<float> pixels;
    std::string digest;
    bool operator==(const Seen&) const = default;
  };
  Seen see(const std::string& form, int64_t hold, CropLaw crop, int threads = 1) const {
    const DataSet data = load(path(form), {.image_size = 12, .hold = hold});
    Seen seen{data.classes, {}, {}, {}, data.digest()};
    for (const ImageSet* set : {&data.train, &data.test})
      for (int64_t i = 0; set->stored && i < set->size(); ++i)
        seen.paths.push_back(set->stored->path(i));
    BatchOptions options{.batch = 5, .shuffle = true, .seed = 3, .threads = threads};
    options.augmentation = {.crop_padding = 2, .flip = true, .laws = {.crop = crop}};
    Batches batches(data.train, {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}, options);
    for (int64_t epoch = 0; epoch < 2; ++epoch) {
      batches.start(epoch);
      for (Batch batch; batches.next(batch);) {
        seen.labels.insert(seen.labels.end(), batch.labels.begin(), batch.labels.end());
        const auto values = batch.images.values();
        seen.pixels.insert(seen.pixels.end(), values.begin(), values.end());
      }
    }
    return seen;
  }

  Files files_;
  std::string one_record_;
  std::vector<std::string> forms_;
};

TEST_F(Forms, OfOneSetGiveTheSameBatchesWhenReadFromFiles) {
  const Seen folder = see("folder", 0, CropLaw::kRandom);
  ASSERT_EQ(folder.paths.size(), files_.size());
  for (const std::string& form : forms_) {
    const Seen seen = see(form, 0, CropLaw::kRandom, 2);
    EXPECT_EQ(seen.paths, folder.paths) << form;
    EXPECT_TRUE(seen == folder) << form;
  }
}

TEST_F(Forms, OfOneSetGiveTheSameBatchesWhenHeld) {
  const Seen folder = see("folder", DataOptions::kHold, CropLaw::kPad);
  ASSERT_TRUE(folder.paths.empty());
  for (const std::string& form : forms_)
    EXPECT_TRUE(see(form, DataOptions::kHold, CropLaw::kPad) == folder) << form;
}

}  // namespace
}  // namespace nasnet::data
