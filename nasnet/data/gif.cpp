#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "nasnet/data/codec.h"

// giflib, up to the first frame alone. Frames are decoded as indices onto the canvas, and become
// colours at the end, when it is known which index is transparent.

namespace nasnet::data {
namespace {

[[noreturn]] void fail(int code) {
  const char* what = GifErrorString(code);
  throw BadPicture(what ? what : "it ends too soon");
}

/// The parts of a GIF, up to and with its first frame.
class GifReader {
 public:
  explicit GifReader(std::string_view bytes) : rest_(bytes) {
    int error = 0;
    gif_.reset(DGifOpen(
        &rest_,
        [](GifFileType* gif, GifByteType* out, int count) {
          auto& rest = *static_cast<std::string_view*>(gif->UserData);
          const size_t given = std::min<size_t>(rest.size(), count);
          std::memcpy(out, rest.data(), given);
          rest.remove_prefix(given);
          return static_cast<int>(given);
        },
        &error));
    if (!gif_) fail(error);
    for (GifRecordType type = UNDEFINED_RECORD_TYPE; type != IMAGE_DESC_RECORD_TYPE;) {
      check(DGifGetRecordType(gif_.get(), &type));
      if (type == EXTENSION_RECORD_TYPE) read_extension();
      if (type == TERMINATE_RECORD_TYPE) throw BadPicture("it holds no picture");
    }
    check(DGifGetImageDesc(gif_.get()));
  }

  /// Of the screen, or more where the frame is larger, as in Pillow.
  ImageSize size() const {
    const GifImageDesc& frame = gif_->Image;
    return {std::max(gif_->SHeight, frame.Top + frame.Height),
            std::max(gif_->SWidth, frame.Left + frame.Width)};
  }

  Image pixels() {
    const ImageSize size = this->size();
    const GifImageDesc& frame = gif_->Image;
    // Pixels outside the frame are transparent where the file has that, else the first colour.
    // The canvas holds the whole frame (see size()), so that no line is written beside it.
    const uint8_t free = transparent_ >= 0 ? static_cast<uint8_t>(transparent_) : 0;
    std::vector<uint8_t> indices(int64_t{size.height} * size.width, free);
    const auto line = [&](int y) {
      check(DGifGetLine(gif_.get(),
                        indices.data() + int64_t{frame.Top + y} * size.width + frame.Left,
                        frame.Width));
    };
    if (frame.Width > 0) {
      if (!frame.Interlace) {
        for (int y = 0; y < frame.Height; ++y) line(y);
      } else {
        // GIF89a, appendix E.
        constexpr int kPasses[][2] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};  // first line, step
        for (const auto& [first, step] : kPasses)
          for (int y = first; y < frame.Height; y += step) line(y);
      }
    }
    return coloured(size, indices);
  }

  /// Of the first frame.
  bool is_transparent() const { return transparent_ != NO_TRANSPARENT_COLOR; }

  /// True if a second frame follows; its pixels are passed over. Damage there is no second frame.
  bool has_another() {
    int size = 0;
    GifByteType* block = nullptr;
    if (DGifGetCode(gif_.get(), &size, &block) != GIF_OK) return false;
    while (block)
      if (DGifGetCodeNext(gif_.get(), &block) != GIF_OK) return false;
    for (GifRecordType type = UNDEFINED_RECORD_TYPE; type != IMAGE_DESC_RECORD_TYPE;) {
      if (DGifGetRecordType(gif_.get(), &type) != GIF_OK || type == TERMINATE_RECORD_TYPE)
        return false;
      int code = 0;
      if (type != EXTENSION_RECORD_TYPE) continue;
      if (DGifGetExtension(gif_.get(), &code, &block) != GIF_OK) return false;
      while (block)
        if (DGifGetExtensionNext(gif_.get(), &block) != GIF_OK) return false;
    }
    return true;
  }

 private:
  void check(int status) const {
    if (status != GIF_OK) fail(gif_->Error);
  }

  /// All blocks of an extension are read, as the next record begins behind them.
  void read_extension() {
    int code = 0;
    GifByteType* block = nullptr;
    check(DGifGetExtension(gif_.get(), &code, &block));
    while (block) {
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE &&
          DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        transparent_ = control.TransparentColor;
      check(DGifGetExtensionNext(gif_.get(), &block));
    }
  }

  Image coloured(ImageSize size, const std::vector<uint8_t>& indices) const {
    // The frame's own palette goes before the file's. Indices beyond it are black.
    const ColorMapObject* map = gif_->Image.ColorMap ? gif_->Image.ColorMap : gif_->SColorMap;
    uint8_t palette[256][3] = {};
    for (int i = 0; i < 256; ++i) {
      if (!map) {
        std::fill_n(palette[i], 3, static_cast<uint8_t>(i));  // grey, as in Pillow
      } else if (i < map->ColorCount) {
        const GifColorType& colour = map->Colors[i];
        palette[i][0] = colour.Red, palette[i][1] = colour.Green, palette[i][2] = colour.Blue;
      }
    }
    if (transparent_ >= 0) std::fill_n(palette[transparent_ & 255], 3, uint8_t{255});
    Image image{size.height, size.width, {}};
    image.pixels.resize(indices.size() * 3);
    uint8_t* out = image.pixels.data();
    for (const uint8_t index : indices) out = std::copy_n(palette[index], 3, out);
    return image;
  }

  std::string_view rest_;
  std::unique_ptr<GifFileType, void (*)(GifFileType*)> gif_{
      nullptr, [](GifFileType* gif) { DGifCloseFile(gif, nullptr); }};
  int transparent_ = NO_TRANSPARENT_COLOR;
};

}  // namespace

const Codec kGif = {"GIF",
                    "gif",
                    [](std::string_view bytes) {
                      return begins_with(bytes, "GIF87a") || begins_with(bytes, "GIF89a");
                    },
                    [](std::string_view bytes) { return PictureHeader{GifReader(bytes).size()}; },
                    [](std::string_view bytes) { return GifReader(bytes).pixels(); },
                    nullptr,
                    [](std::string_view bytes, PictureTraits& traits) {
                      GifReader reader(bytes);
                      traits.several = reader.has_another();
                      traits.alpha = reader.is_transparent();
                    }};

}  // namespace nasnet::data
