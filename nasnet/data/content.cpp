#include "nasnet/data/content.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"

// Pictures are told apart by what they show, not by their files: duplicates, held-out images and
// the identity of a data set all rest on the hashes made here.

namespace nasnet::data {

bool is_grey(const uint8_t* pixels, size_t count) {
  for (const uint8_t* p = pixels; p < pixels + 3 * count; p += 3)
    if (p[0] != p[1] || p[1] != p[2]) return false;
  return true;
}

uint64_t hash_of_bytes(const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  if (EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, EVP_sha256(), nullptr) != 1)
    throw SystemError("SHA-256 is not available in OpenSSL");
  uint64_t hash = 0;
  for (size_t i = 0; i < 8; ++i) hash = hash << 8 | digest[i];
  return hash;
}

uint64_t content_of(const uint8_t* pixels, ImageSize size, int channels) {
  const size_t count = int64_t{size.height} * size.width;
  const bool grey = channels == 1 || is_grey(pixels, count);
  // The shape is hashed, too: the same bytes in other rows are another picture.
  std::string bytes = fmt::format("{}x{}x{}:", size.width, size.height, grey ? 1 : 3);
  const size_t head = bytes.size();
  bytes.resize(head + count * (grey ? 1 : 3));
  if (grey && channels == 3) {
    for (size_t i = 0; i < count; ++i) bytes[head + i] = static_cast<char>(pixels[3 * i]);
  } else {
    std::memcpy(bytes.data() + head, pixels, bytes.size() - head);
  }
  return hash_of_bytes(bytes);
}

uint64_t content_of_file(const ImageFile& file) {
  return hash_of_bytes(fmt::format("{} {}", file.size(), file.path));
}

void fill_contents(ImageSet& images) {
  images.contents.clear();
  for (int64_t i = 0; i < images.size(); ++i)
    images.contents.push_back(
        content_of(images.image(i), {images.height, images.width}, images.channels));
}

Duplicates count_duplicates(const DataSet& data) {
  Duplicates counted;
  const std::unordered_set<uint64_t> train(data.train.contents.begin(), data.train.contents.end());
  counted.within = data.train.size() - static_cast<int64_t>(train.size());
  for (const uint64_t content : data.test.contents) counted.across += train.contains(content);

  // Twice through: an image may come before the one that contradicts it.
  std::unordered_map<uint64_t, int> label_of;
  std::unordered_set<uint64_t> contradictory;
  for (const ImageSet* set : {&data.train, &data.test})
    for (size_t i = 0; i < set->contents.size(); ++i)
      if (label_of.emplace(set->contents[i], set->labels[i]).first->second != set->labels[i])
        contradictory.insert(set->contents[i]);
  for (const ImageSet* set : {&data.train, &data.test})
    for (const uint64_t content : set->contents)
      counted.contradict += contradictory.contains(content);
  return counted;
}

std::string contents_digest(const DataSet& data) {
  std::vector<std::pair<uint64_t, int>> all;
  for (const ImageSet* set : {&data.train, &data.test})
    for (size_t i = 0; i < set->contents.size(); ++i)
      all.emplace_back(set->contents[i], set->labels[i]);
  // Sorted, so that neither the files' order nor the split changes the digest.
  std::sort(all.begin(), all.end());
  std::string text;
  for (const auto& [content, label] : all)
    text += fmt::format("{:016x} {}\n", content, data.classes[label]);
  return digest(text, "sha256");
}

}  // namespace nasnet::data
