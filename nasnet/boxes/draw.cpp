#include "nasnet/boxes/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nasnet/boxes/stroke_face.h"

// Frames and plates onto pictures. All frames come before all plates, so that no frame crosses a
// text. Sizes follow the picture's longer side: a picture made smaller for a page stays readable.

namespace nasnet::boxes {
namespace {

/// A rectangle of whole pixels, without its right column and lower row.
struct Area {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/// Draws onto one picture; everything is cut off at its edges.
class Painter {
 public:
  explicit Painter(data::Image& image)
      : image_(image),
        line_(std::max(1, std::max(image.width, image.height) / 200)),
        // Height of capitals in pixels.
        letters_(std::clamp(std::max(image.width, image.height) / 64, 7, 60)) {}

  void frame(const DrawnBox& drawn) {
    const Colour colour = label_colour(drawn.label);
    const Area box{round(drawn.box.x0), round(drawn.box.y0), round(drawn.box.x1),
                   round(drawn.box.y1)};
    // Of a box thinner than two lines both sides meet, and stay within it.
    const int top = std::min(box.y0 + line_, box.y1), bottom = std::max(box.y1 - line_, top);
    line({box.x0, box.y0, box.x1, top}, true, drawn.dashed, colour);
    line({box.x0, bottom, box.x1, box.y1}, true, drawn.dashed, colour);
    line({box.x0, box.y0, std::min(box.x0 + line_, box.x1), box.y1}, false, drawn.dashed, colour);
    line({std::max(box.x1 - line_, box.x0), box.y0, box.x1, box.y1}, false, drawn.dashed, colour);
  }

  void plate(const DrawnBox& drawn) {
    if (drawn.text.empty()) return;
    const TextMask mask = draw_text(drawn.text, letters_);
    const int margin = std::max(2, letters_ / 4);
    const int width = mask.width + 2 * margin, height = letters_ + 3 * margin;
    // Moved left where it would leave the picture, so that the text's end is seen.
    const int x = std::max(0, std::min(round(drawn.box.x0), image_.width - width));
    int y = round(drawn.box.y0) - height;
    // No room above: within the box.
    if (y < 0) y = std::max(0, round(drawn.box.y0));
    const Colour colour = label_colour(drawn.label);
    fill({x, y, x + width, y + height}, colour);
    // The eye's weights of the three colours (ITU-R BT.601).
    const double light = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
    blend(mask, x + margin, y + margin, light > 140 ? 0 : 255);
  }

 private:
  /// To whole pixels; boxes of any size stay within the integers.
  static int round(float value) {
    return static_cast<int>(std::lround(std::clamp(value, -1e6F, 1e6F)));
  }

  /// A side of a frame: whole, or in dashes of four widths with gaps of three.
  void line(const Area& side, bool across, bool dashed, const Colour& colour) {
    if (!dashed) return fill(side, colour);
    const int begin = across ? side.x0 : side.y0, end = across ? side.x1 : side.y1;
    for (int at = begin; at < end; at += 7 * line_) {
      Area dash = side;
      (across ? dash.x0 : dash.y0) = at;
      (across ? dash.x1 : dash.y1) = std::min(at + 4 * line_, end);
      fill(dash, colour);
    }
  }

  void fill(const Area& area, const Colour& colour) {
    for (int y = std::max(area.y0, 0); y < std::min(area.y1, image_.height); ++y)
      for (int x = std::max(area.x0, 0); x < std::min(area.x1, image_.width); ++x)
        std::copy(colour.begin(), colour.end(), pixel(x, y));
  }

  /// Puts ink of one grey through the mask.
  void blend(const TextMask& mask, int left, int top, int ink) {
    for (int y = std::max(0, -top); y < std::min(mask.height, image_.height - top); ++y)
      for (int x = std::max(0, -left); x < std::min(mask.width, image_.width - left); ++x) {
        const int share = mask.coverage[static_cast<size_t>(y) * mask.width + x];
        uint8_t* at = pixel(left + x, top + y);
        for (int c = 0; c < 3; ++c)
          at[c] = static_cast<uint8_t>((at[c] * (255 - share) + ink * share + 127) / 255);
      }
  }

  uint8_t* pixel(int x, int y) {
    return image_.pixels.data() + 3 * (static_cast<size_t>(y) * image_.width + x);
  }

  data::Image& image_;
  int line_, letters_;
};

}  // namespace

Colour label_colour(int label) {
  constexpr double kGoldenAngle = 0.381966;  // of a turn
  const double turn = std::fmod(0.02 + label * kGoldenAngle, 1.0) * 6;
  // From full colour every second round is darker, so that labels far apart differ, too.
  const double bright = label / 8 % 2 == 0 ? 1.0 : 0.72, pale = 0.16;
  Colour colour;
  for (int c = 0; c < 3; ++c) {
    const double off = std::abs(std::fmod(turn - 2 * c + 9, 6.0) - 3);  // HSV's triangle
    const double share = std::clamp(2 - off, 0.0, 1.0);
    colour[c] = static_cast<uint8_t>(std::lround(255 * bright * (pale + (1 - pale) * share)));
  }
  return colour;
}

std::string scored_text(const std::string& name, double score) {
  return fmt::format("{} {:.0f} %", name, 100 * score);
}

void draw_boxes(const std::vector<DrawnBox>& boxes, data::Image& image) {
  Painter painter(image);
  for (const DrawnBox& box : boxes) painter.frame(box);
  for (const DrawnBox& box : boxes) painter.plate(box);
}

std::vector<DrawnBox> annotated_boxes(const DetectionImage& image,
                                      const std::vector<Category>& categories) {
  std::vector<DrawnBox> drawn;
  for (const Object& object : image.objects)
    if (object.usable)
      drawn.push_back({object.box, object.label,
                       categories[object.label].name + (object.crowd ? " (crowd)" : ""),
                       object.crowd || object.difficult});
  return drawn;
}

}  // namespace nasnet::boxes
