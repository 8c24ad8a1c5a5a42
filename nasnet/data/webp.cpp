#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "nasnet/data/codec.h"
#include "nasnet/data/orientation.h"

// Two readers of libwebp: its demuxer finds the canvas and the chunks of EXIF and XMP without
// touching pixels; its animation decoder also reads stills, and lays the first frame on the canvas.

namespace nasnet::data {
namespace {

/// The same bytes as libwebp takes them; nothing is copied.
WebPData data_of(std::string_view bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

PictureHeader peek_webp(std::string_view bytes) {
  const WebPData data = data_of(bytes);
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemux(&data),
                                                                     WebPDemuxDelete);
  if (!demuxer) throw BadPicture("its parts do not fit together, or it ends too soon");
  PictureHeader header;
  header.size = {static_cast<int>(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT)),
                 static_cast<int>(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH))};
  const auto chunk = [&](const char* name) {
    WebPChunkIterator found;
    if (!WebPDemuxGetChunk(demuxer.get(), name, 1, &found)) return std::string_view();
    const std::string_view content(reinterpret_cast<const char*>(found.chunk.bytes),
                                   found.chunk.size);  // lies in `bytes`
    WebPDemuxReleaseChunkIterator(&found);
    return content;
  };
  header.orientation = told_orientation(chunk("EXIF"), chunk("XMP "));
  return header;
}

void describe_webp(std::string_view bytes, PictureTraits& traits) {
  const WebPData data = data_of(bytes);
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemux(&data),
                                                                     WebPDemuxDelete);
  if (!demuxer) return;
  traits.alpha = (WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS) & ALPHA_FLAG) != 0;
  traits.several = WebPDemuxGetI(demuxer.get(), WEBP_FF_FRAME_COUNT) > 1;
}

/// The first frame, on its canvas.
Image decode_webp(std::string_view bytes) {
  const WebPData data = data_of(bytes);
  WebPAnimDecoderOptions options;
  if (!WebPAnimDecoderOptionsInit(&options)) throw BadPicture("libwebp is of another version");
  options.color_mode = MODE_RGBA;
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(
      WebPAnimDecoderNew(&data, &options), WebPAnimDecoderDelete);
  WebPAnimInfo info;
  uint8_t* pixels = nullptr;
  int timestamp = 0;
  if (!decoder || !WebPAnimDecoderGetInfo(decoder.get(), &info) ||
      !WebPAnimDecoderGetNext(decoder.get(), &pixels, &timestamp))
    throw BadPicture("its pixels are damaged, or it ends too soon");
  return lay_on_white({static_cast<int>(info.canvas_height), static_cast<int>(info.canvas_width)},
                      pixels);
}

}  // namespace

const Codec kWebp = {"WebP",
                     "webp",
                     [](std::string_view bytes) {
                       return begins_with(bytes, "RIFF") && bytes.size() >= 12 &&
                              begins_with(bytes.substr(8), "WEBP");
                     },
                     peek_webp,
                     decode_webp,
                     nullptr,
                     describe_webp};

}  // namespace nasnet::data
