#include "nasnet/boxes/look_at_pictures.h"
#include "tests/boxes/with_set.h"

namespace nasnet::boxes {
namespace {

/// A JPEG of 40 x 20 pixels, dark at the left and light at the right, whose EXIF has this
/// orientation.
std::string picture_with(int orientation) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = 40;
  info.image_height = 20;
  info.input_components = 1;
  info.in_color_space = JCS_GRAYSCALE;
  jpeg_set_defaults(&info);
  jpeg_start_compress(&info, TRUE);
  std::string exif("Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0", 32);
  exif[25] = static_cast<char>(orientation);
  jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(exif.data()),
                    static_cast<unsigned>(exif.size()));
  std::vector<uint8_t> row(40, 20);
  std::fill(row.begin() + 24, row.end(), 230);
  uint8_t* line = row.data();
  for (int y = 0; y < 20; ++y) jpeg_write_scanlines(&info, &line, 1);
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string out(reinterpret_cast<char*>(bytes), size);
  std::free(bytes);
  return out;
}

class Orientation : public WithSet {
 protected:
  DetectionImage read_annotated(int orientation, int width, int height) const {
    json file = {{"images", {{{"id", 1}, {"file_name", "a.jpg"}}}},
                 {"categories", {{{"id", 1}, {"name", "cat"}}}},
                 {"annotations",
                  {{{"id", 1}, {"image_id", 1}, {"category_id", 1}, {"bbox", {1, 2, 3, 4}}}}}};
    if (width > 0) file["images"][0].update({{"width", width}, {"height", height}});
    write({{"set/a.jpg", picture_with(orientation)}, {"set/a.json", file.dump()}});
    const DetectionSet set = read();
    problems_ = problems_of(set);
    return set.splits.at(0).images.at(0);
  }
  mutable std::string problems_;
};

bool is_dark_at_the_left(const data::Image& image) {
  return image.pixels[3] < 100 && image.pixels[3 * (image.width - 2)] > 150;
}

TEST_F(Orientation, TheStoredSizeLeavesThePictureAsItIsStored) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const DetectionImage image = read_annotated(orientation, 40, 20);
    EXPECT_EQ(image.turn, data::Turn::kAsStored) << orientation;
    const data::Image picture = image.decode();
    EXPECT_EQ(picture.width, 40) << orientation;
    EXPECT_TRUE(is_dark_at_the_left(picture)) << orientation;
    EXPECT_EQ(problems_, "") << orientation;
  }
}

TEST_F(Orientation, TheTurnedSizeTurnsIt) {
  for (int orientation = 5; orientation <= 8; ++orientation) {
    const DetectionImage image = read_annotated(orientation, 20, 40);
    EXPECT_EQ(image.turn, data::Turn::kUpright) << orientation;
    const data::Image picture = image.decode();
    EXPECT_EQ(picture.width, 20) << orientation;
    EXPECT_EQ(picture.height, 40) << orientation;
    EXPECT_EQ(problems_, "") << orientation;
  }
  for (int orientation = 1; orientation <= 4; ++orientation) {
    read_annotated(orientation, 20, 40);
    EXPECT_EQ(problems_, "wrong_size 1") << orientation;
  }
}

TEST_F(Orientation, WithoutASizeItIsTurned) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const DetectionImage image = read_annotated(orientation, 0, 0);
    EXPECT_EQ(image.width, orientation >= 5 ? 20 : 40) << orientation;
    EXPECT_EQ(image.height, orientation >= 5 ? 40 : 20) << orientation;
    const data::Image picture = image.decode();
    EXPECT_EQ(picture.width, image.width) << orientation;
    EXPECT_EQ(is_dark_at_the_left(picture), orientation == 1 || orientation == 4) << orientation;
  }
}

TEST_F(Orientation, AHeaderMayBeLongerThanTheBeginningThatIsReadFirst) {
  std::string picture = picture_with(6);
  // Comments, as long as each may be, stand before everything else.
  std::string comment("\xff\xfe\xff\xff", 4);
  comment.append(65533, 'x');
  picture.insert(2, comment + comment);
  write({{"set/a.jpg", picture},
         {"set/a.txt", "0 0.5 0.5 0.5 0.5"},
         {"set/data.yaml", "train: .\nnames: [cat]\n"}});
  EXPECT_EQ(read().splits.at(0).images.at(0).width, 20);
}

}  // namespace
}  // namespace nasnet::boxes
