#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "nasnet/data/codec.h"
#include "nasnet/data/orientation.h"

namespace nasnet::data {
namespace {

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
  WebPChunkIterator exif;
  if (WebPDemuxGetChunk(demuxer.get(), "EXIF", 1, &exif)) {
    header.orientation =
        exif_orientation({reinterpret_cast<const char*>(exif.chunk.bytes), exif.chunk.size});
    WebPDemuxReleaseChunkIterator(&exif);
  }
  return header;
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
                     [](std::string_view bytes) {
                       return begins_with(bytes, "RIFF") && bytes.size() >= 12 &&
                              begins_with(bytes.substr(8), "WEBP");
                     },
                     peek_webp, decode_webp};

}  // namespace nasnet::data
