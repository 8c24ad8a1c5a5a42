#include "nasnet/data/cifar.h"
#include "nasnet/data/idx.h"
#include "nasnet/data/image.h"
#include "tests/data/make_files.h"

namespace nasnet::data {
namespace {

std::string idx_refusal(const std::string& images, const std::string& labels) {
  return refusal([&] { parse_idx(images, "the-images", labels, "the-labels", 10); });
}

TEST(Idx, PixelsAndLabels) {
  const ImageSet set =
      parse_idx(idx_images(2, 1, 3, "abcdef"), "i", idx_labels("\x03\x07"), "l", 10);
  EXPECT_EQ(set.size(), 2);
  EXPECT_EQ(set.height, 1);
  EXPECT_EQ(set.width, 3);
  EXPECT_EQ(set.channels, 1);
  EXPECT_EQ(std::string(set.pixels.begin(), set.pixels.end()), "abcdef");
  EXPECT_EQ(set.labels, (std::vector<int>{3, 7}));
}

TEST(Idx, DamageIsNamed) {
  const std::string images = idx_images(2, 1, 3, "abcdef"), labels = idx_labels("\x03\x07");
  for (size_t size = 0; size < images.size(); ++size)
    EXPECT_NE(idx_refusal(images.substr(0, size), labels).find("the-images"), std::string::npos);
  for (size_t size = 0; size < labels.size(); ++size)
    EXPECT_NE(idx_refusal(images, labels.substr(0, size)).find("the-labels"), std::string::npos);
  EXPECT_NE(idx_refusal(images + "x", labels).find("holds 7"), std::string::npos);
  EXPECT_NE(idx_refusal(idx_labels(std::string(40, 1)), images).find("magic"), std::string::npos);
  EXPECT_NE(idx_refusal(images, idx_labels("\x03\x0a")).find("label 1 is 10"), std::string::npos);
  EXPECT_NE(idx_refusal(images, idx_labels("\x03")).find("1 labels for the 2"), std::string::npos);
  EXPECT_NE(idx_refusal(idx_images(0xffffffff, 4096, 4096, ""), labels), "");
  EXPECT_NE(idx_refusal(idx_images(0, 1, 1, ""), idx_labels("")), "");
}

using IdxFolder = WithFolder;

TEST_F(IdxFolder, IsKnownByEitherNameAndWhatLiesBesideIsCounted) {
  const Files files = {{"train-images-idx3-ubyte", idx_images(2, 1, 3, "abcdef")},
                       {"train-labels-idx1-ubyte", idx_labels("\x03\x07")},
                       {"t10k-images-idx3-ubyte", idx_images(1, 1, 3, "ghi")},
                       {"t10k-labels-idx1-ubyte", idx_labels("\x02")}};
  for (const auto& [name, content] : files) {
    std::string dotted = name;
    dotted[dotted.find("-idx")] = '.';
    write({{"plain/" + name, content},
           {"dotted/" + dotted, content},
           {"packed/" + name + ".gz", gzip(content)},
           {"deep/MNIST/raw/" + name, content}});
  }
  for (const char* folder : {"plain", "dotted", "packed"}) {
    const DataSet data = load(path(folder));
    EXPECT_EQ(data.train.labels, (std::vector<int>{3, 7})) << folder;
    EXPECT_TRUE(data.ignored.empty()) << folder;
  }
  EXPECT_NE(refusal([&] { load(path("deep")); }).find("name the folder that they lie in"),
            std::string::npos);
  write({{"plain/photo.jpg", "x"}, {"plain/.DS_Store", "x"}});
  EXPECT_EQ(describe_left_out(load(path("plain")).ignored), "1 .jpg (photo.jpg)");
}

using Gzip = WithFolder;

TEST_F(Gzip, PlainPackedAndCut) {
  const std::string content(100000, 'q');
  const std::string packed = gzip(content);
  write({{"plain", content}, {"packed", packed}, {"cut", packed.substr(0, packed.size() / 2)}});
  EXPECT_EQ(read_maybe_gzip(path("plain")), content);
  EXPECT_EQ(read_maybe_gzip(path("packed")), content);
  EXPECT_NE(refusal([&] { read_maybe_gzip(path("cut")); }).find("cut off"), std::string::npos);
  std::string corrupt = packed;
  corrupt[corrupt.size() - 6] ^= 0x55;  // its checksum
  write({{"corrupt", corrupt}});
  EXPECT_NE(refusal([&] { read_maybe_gzip(path("corrupt")); }), "");
}

std::string cifar_record(int label_bytes, char label, uint8_t red, uint8_t green, uint8_t blue) {
  std::string record(static_cast<size_t>(label_bytes) - 1, '\0');
  record += label;
  for (const uint8_t value : {red, green, blue})
    record += std::string(1024, static_cast<char>(value));
  return record;
}

TEST(Cifar, PlanesBecomePixels) {
  ImageSet images;
  parse_cifar(cifar_record(1, 4, 10, 20, 30) + cifar_record(1, 9, 1, 2, 3), "f", 1, 10, images);
  ASSERT_EQ(images.size(), 2);
  EXPECT_EQ(images.labels, (std::vector<int>{4, 9}));
  EXPECT_EQ(std::vector<uint8_t>(images.image(0), images.image(0) + 4),
            (std::vector<uint8_t>{10, 20, 30, 10}));
  EXPECT_EQ(images.image(1)[3071], 3);
}

TEST(Cifar, DamageIsNamed) {
  ImageSet images;
  const std::string record = cifar_record(2, 99, 1, 2, 3);
  EXPECT_EQ(refusal([&] { parse_cifar(record, "f", 2, 100, images); }), "");
  EXPECT_NE(refusal([&] { parse_cifar(record, "f", 1, 10, images); }).find("no multiple"),
            std::string::npos);
  EXPECT_NE(refusal([&] { parse_cifar("", "f", 1, 10, images); }), "");
  EXPECT_NE(refusal([&] {
              parse_cifar(cifar_record(1, 10, 1, 2, 3), "f", 1, 10, images);
            }).find("label 10"),
            std::string::npos);
}

using CifarFiles = WithFolder;

Files cifar_10_files() {
  Files files;
  std::string names;
  for (int k = 0; k < 10; ++k) names += "class" + std::to_string(k) + "\n";
  for (int i = 1; i <= 5; ++i)
    files["cifar-10-batches-bin/data_batch_" + std::to_string(i) + ".bin"] =
        cifar_record(1, static_cast<char>(i), 1, 2, 3);
  files["cifar-10-batches-bin/test_batch.bin"] = cifar_record(1, 0, 4, 5, 6);
  files["cifar-10-batches-bin/batches.meta.txt"] = names + "\n";
  return files;
}

TEST_F(CifarFiles, FolderAndArchiveAreTheSame) {
  write(cifar_10_files());
  const DataSet folder = load(path(""));
  EXPECT_EQ(folder.train.labels, (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(folder.test.size(), 1);
  EXPECT_EQ(folder.classes[9], "class9");
  EXPECT_EQ(load(pack(cifar_10_files(), "tar.gz")).digest(), folder.digest());
  std::filesystem::remove(path("cifar-10-batches-bin/data_batch_3.bin"));
  EXPECT_NE(refusal([&] { load(path("cifar-10-batches-bin")); }).find("data_batch_3.bin"),
            std::string::npos);
}

TEST_F(CifarFiles, HundredClassesByTheFineLabel) {
  std::string names;
  for (int k = 0; k < 100; ++k) names += "fine" + std::to_string(k) + "\n";
  write({{"train.bin", cifar_record(2, 42, 1, 2, 3)},
         {"test.bin", cifar_record(2, 99, 1, 2, 3)},
         {"fine_label_names.txt", names}});
  const DataSet data = load(path(""));
  EXPECT_EQ(data.name, "cifar-100");
  EXPECT_EQ(data.train.labels[0], 42);
  EXPECT_EQ(data.classes[99], "fine99");
}

TEST(Decode, PngOfEveryKind) {
  const uint8_t rgb[] = {1, 2, 3, 250, 251, 252};
  EXPECT_EQ(decode(png(2, 1, PNG_FORMAT_RGB, rgb), "x").pixels,
            (std::vector<uint8_t>{1, 2, 3, 250, 251, 252}));
  const uint8_t grey[] = {0, 128};
  EXPECT_EQ(decode(png(2, 1, PNG_FORMAT_GRAY, grey), "x").pixels,
            (std::vector<uint8_t>{0, 0, 0, 128, 128, 128}));
  const uint8_t rgba[] = {10, 20, 30, 255, 10, 20, 30, 0};
  EXPECT_EQ(decode(png(2, 1, PNG_FORMAT_RGBA, rgba), "x").pixels,
            (std::vector<uint8_t>{10, 20, 30, 255, 255, 255}));
  const uint16_t deep[] = {0, 65535};
  EXPECT_EQ(decode(png(2, 1, PNG_FORMAT_LINEAR_Y, deep), "x").pixels,
            (std::vector<uint8_t>{0, 0, 0, 255, 255, 255}));
}

TEST(Decode, JpegInColourAndGrey) {
  for (const bool grey : {false, true}) {
    const Image image = decode(flat_jpeg(17, 9, 200, grey), "x");
    EXPECT_EQ(image.width, 17);
    EXPECT_EQ(image.height, 9);
    ASSERT_EQ(image.pixels.size(), 17u * 9 * 3);
    for (const uint8_t value : image.pixels) EXPECT_NEAR(value, 200, 2);
  }
}

TEST(Decode, DamageIsNamed) {
  for (const std::string& good : {flat_jpeg(40, 40, 99), flat_png(40, 40, 1, 2, 3)}) {
    EXPECT_EQ(refusal([&] { decode(good, "a.jpg"); }), "");
    for (const size_t part : {size_t{0}, size_t{1}, size_t{10}, good.size() / 3, good.size() / 2})
      EXPECT_NE(
          refusal([&] { decode(good.substr(0, part), "a.jpg"); }).find("a.jpg cannot be read"),
          std::string::npos)
          << part << " of " << good.size();
  }
  EXPECT_NE(refusal([] { decode("GIF89a", "x"); }).find("GIF"), std::string::npos);
  std::string bomb = flat_png(4, 4, 1, 2, 3);
  bomb.replace(16, 8, big_endian(100000) + big_endian(100000));
  EXPECT_NE(refusal([&] { decode(bomb, "bomb.png"); }), "");
}

}  // namespace
}  // namespace nasnet::data
