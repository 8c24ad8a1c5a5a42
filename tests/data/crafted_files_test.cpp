#include "nasnet/data/image_tree.h"
#include "tests/data/make_archives.h"
#include "tests/data/make_files.h"
#include "tests/data/make_jpeg.h"
#include "tests/data/make_tfrecord.h"

namespace nasnet::data {
namespace {

/// A file, and the file that has the same pixels, or "": it is refused with this word.
struct Crafted {
  std::string name, bytes, same_as, refused = "";
};

std::string wide_png(bool deep) {
  std::vector<uint16_t> pixels;
  for (int i = 0; i < 4 * 4; ++i) pixels.push_back(static_cast<uint16_t>(257 * 13 * i));
  if (deep) return png(4, 4, PNG_FORMAT_LINEAR_Y, pixels.data());
  std::vector<uint8_t> bytes;
  for (const uint16_t pixel : pixels) bytes.push_back(static_cast<uint8_t>(pixel / 257));
  return png(4, 4, PNG_FORMAT_GRAY, bytes.data());
}

/// With the size that its header claims.
std::string claiming(std::string jpeg, uint32_t height, uint32_t width) {
  const size_t frame = jpeg.find("\xFF\xC0");
  jpeg.replace(frame + 5, 4,
               big_endian(height << 16 | width));  // behind the mark, a length and a depth
  return jpeg;
}

/// Behind the mark that begins it.
std::string with_segment(const std::string& jpeg, char kind, const std::string& content) {
  const std::string length = big_endian(static_cast<uint32_t>(content.size() + 2)).substr(2);
  return jpeg.substr(0, 2) + "\xFF" + kind + length + content + jpeg.substr(2);
}

TEST(CraftedFiles, GiveTheRightPixelsOrOneLineThatNamesThem) {
  const std::string photo = jpeg(JCS_RGB, JCS_YCbCr), flat = flat_png(5, 7, 1, 2, 3);
  const std::string exif("Exif\0\0", 6);
  const std::vector<Crafted> table = {
      {"empty.jpg", "", "", "empty.jpg"},
      {"one.jpg", "\xFF", "", "one.jpg"},
      {"text.png", "<html>not found</html>", "", "text.png"},
      {"png.JPEG", flat, flat},
      {"jpeg.webp", photo, photo},
      {"16-bits.png", wide_png(true), wide_png(false)},
      {"tall.jpg", claiming(photo, 65'535, 45), "", "tall.jpg"},
      {"large.jpg", claiming(photo, 65'535, 65'535), "", "large.jpg"},
      {"no-width.jpg", claiming(photo, 31, 0), "", "no-width.jpg"},
      {"garbage-exif.jpg", with_segment(photo, '\xE1', exif + "garbage of no use"), photo},
      {"cut-exif.jpg", with_segment(photo, '\xE1', exif + std::string("II*\0\xFF\xFF\xFF\xFF", 8)),
       photo},
      {"empty-exif.jpg", with_segment(photo, '\xE1', exif), photo},
      {"two-ends.jpg", photo + "\xFF\xD9", photo},
      {"more-behind.jpg", photo + "\xFF\xD9 and more", photo},
      {"two-pictures.jpg", photo + photo, photo},
  };
  for (const Crafted& file : table) {
    if (file.same_as.empty()) {
      const std::string message = refusal([&] { decode(file.bytes, file.name); });
      EXPECT_NE(message.find(file.refused), std::string::npos) << file.name << ": " << message;
      // The header alone may do, but gives no size that cannot be.
      EXPECT_NO_FATAL_FAILURE(refusal([&] { peek_size(file.bytes, file.name); }));
      continue;
    }
    const Image image = decode(file.bytes, file.name), same = decode(file.same_as, "same");
    EXPECT_EQ(image.height, same.height) << file.name;
    EXPECT_EQ(image.pixels, same.pixels) << file.name;
    EXPECT_EQ(peek_size(file.bytes, file.name), (ImageSize{same.height, same.width})) << file.name;
  }
}

TEST(CraftedFiles, CutAtEachHundredthGiveAllPixelsOrAreRefused) {
  const auto progressive = [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); };
  const std::vector<Crafted> table = {
      {"plain.jpg", jpeg(JCS_RGB, JCS_YCbCr), ""},
      {"progressive.jpg", jpeg(JCS_RGB, JCS_YCbCr, progressive), ""},
      {"cmyk.jpg", jpeg(JCS_CMYK, JCS_CMYK), ""},
      {"ycck.jpg", jpeg(JCS_CMYK, JCS_YCCK), ""},
      {"grey.jpg", jpeg(JCS_GRAYSCALE, JCS_GRAYSCALE), ""},
      {"flat.png", flat_png(40, 30, 1, 2, 3), ""},
      {"16-bits.png", wide_png(true), ""},
  };
  for (const Crafted& file : table) {
    const Image whole = decode(file.bytes, file.name);
    for (size_t percent = 0; percent < 100; ++percent) {
      const std::string cut = file.bytes.substr(0, file.bytes.size() * percent / 100);
      Image image;
      const std::string message = refusal([&] { image = decode(cut, file.name); });
      if (message.empty()) {
        EXPECT_EQ(image.pixels, whole.pixels) << file.name << " at " << percent << " %";
      } else {
        EXPECT_TRUE(message.starts_with(file.name)) << message;
      }
    }
  }
}

/// A source, and the error that it gives, or words among those that it is told of by.
struct Odd {
  std::string what;
  Files files;
  std::string refused;
  std::vector<std::string> told = {};
};

class OddSources : public WithFolder {};

TEST_F(OddSources, AreRefusedInOneLineOrToldOf) {
  const auto pictures = [](const std::string& below, const std::vector<std::string>& classes,
                           uint8_t shade) {
    Files files;
    for (const std::string& name : classes)
      for (int i = 0; i < 3; ++i)
        files[below + name + "/" + std::to_string(i) + ".png"] =
            flat_png(8, 8, ++shade, static_cast<uint8_t>(i), 3);
    return files;
  };
  const auto both = [](Files a, const Files& b) {
    a.insert(b.begin(), b.end());
    return a;
  };
  const auto shade = [](uint8_t value) { return flat_png(8, 8, value, 9, 9); };
  const std::string shard = make_tar({{"1.png", shade(1)},
                                      {"1.cls", "cat"},
                                      {"2.png", shade(2)},
                                      {"2.cls", "dog"},
                                      {"3.png", shade(3)},
                                      {"3.cls", "cat"},
                                      {"4.png", shade(4)},
                                      {"4.cls", "dog"}});
  const std::string list = "file,label\na.png,cat\nb.png,dog\nc.png,cat\nd.png,dog\n";
  const Files listed = {{"p/a.png", shade(1)},
                        {"p/b.png", shade(2)},
                        {"p/c.png", shade(3)},
                        {"p/d.png", shade(4)},
                        {"labels.csv", list}};
  const std::vector<Odd> table = {
      {"labels without images, in a list",
       both({{"labels.csv", list + "gone.png,cat\n"}}, listed),
       "",
       {"1 image"}},
      {"images without labels, beside a list",
       both({{"p/e.png", shade(5)}}, listed),
       "",
       {"1 image that no list has: left out (the first is p/e.png)"}},
      {"labels without images, in a shard",
       {{"train-0.tar", shard}, {"train-1.tar", make_tar({{"9.cls", "cat"}})}},
       "",
       {"1 label without an image (9.cls)"}},
      {"images without labels, in a shard",
       {{"train-0.tar", shard},
        {"train-1.tar", make_tar({{"8.png", shade(8)}, {"9.png", shade(9)}, {"9.cls", "cat"}})}},
       "",
       {"1 image that no list has: left out (the first is 8.png)"}},
      {"two images of one name, in a tar",
       {{"cat.tar", make_tar({{"1.png", shade(1)}, {"1.png", shade(2)}, {"2.png", shade(3)}})},
        {"dog.tar", make_tar({{"1.png", shade(4)}, {"2.png", shade(5)}})}},
       "",
       {"1 replaced by a later member (cat/1.png)"}},
      {"two images of one name, in a zip",
       {{"cat.zip", make_zip({{"1.png", shade(1)}, {"1.png", shade(2)}, {"2.png", shade(3)}})},
        {"dog.zip", make_zip({{"1.png", shade(4)}, {"2.png", shade(5)}})}},
       "",
       {"1 replaced by a later member (cat/1.png)"}},
      {"an image with two labels", both(listed, {{"more.csv", "file,label\na.png,dog\n"}}),
       "a.png"},
      {"lists of classes that differ",
       both(both(pictures("train/", {"cat", "dog"}, 1), pictures("test/", {"cat", "dog"}, 50)),
            {{"train/classes.txt", "cat\ndog\n"}, {"test/classes.txt", "dog\ncat\n"}}),
       "two lists of classes that differ, test/classes.txt and train/classes.txt"},
      {"classes that only one split has",
       both(pictures("train/", {"cat", "dog"}, 1), pictures("test/", {"cat", "fish"}, 50)),
       "class 'fish' has test images but no training images"},
      {"numbers without names",
       {{"train-0.tar", make_tar({{"1.png", shade(1)}, {"1.cls", "5"}})},
        {"_info.json", R"({"classes": ["cat", "dog"]})"}},
       "1.png has label 5, but 2 classes are named"},
  };
  for (const Odd& odd : table) {
    std::filesystem::remove_all(path("set"));
    for (const auto& [name, bytes] : odd.files) write({{"set/" + name, bytes}});
    std::string told;
    const std::string message = refusal([&] {
      const DataSet data = load(path("set"));
      told = describe_left_out(data.ignored) + "\n";
      for (const LeftOutImages& some : data.left_out)
        told += std::to_string(some.images) + " image" + (some.images == 1 ? " " : "s ") +
                some.why + "\n";
      for (const std::string& note : data.notes) told += note + "\n";
    });
    if (odd.refused.empty()) {
      EXPECT_EQ(message, "") << odd.what;
      for (const std::string& part : odd.told)
        EXPECT_NE(told.find(part), std::string::npos) << odd.what << ": " << told;
    } else {
      EXPECT_NE(message.find(odd.refused), std::string::npos) << odd.what << ": " << message;
    }
  }
}

}  // namespace
}  // namespace nasnet::data
