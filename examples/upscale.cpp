// Doubles the size of a PNG with a convolutional network that Keras trained: 222,075 weights, all frozen.
//
//     upscale photo.png photo_2x.png
#include <frost/frost.hpp>

#include <png.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstring>
#include <iostream>
#include <memory>

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why) { throw frost::FileError(path + ": " + why); }

// (1, H, W, 3), 0 to 255.
frost::Tensor read_png(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&image, path.c_str())) fail(path, image.message);
  image.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  if (!png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr)) fail(path, image.message);
  return frost::from_vector(std::vector<float>(pixels.begin(), pixels.end()), {1, image.height, image.width, 3});
}

void write_png(const std::string& path, const frost::Tensor& picture) {
  const frost::Tensor rounded = frost::round(frost::clip(picture, 0, 255));
  const std::span<const float> values = rounded.data<float>();
  const std::vector<std::uint8_t> pixels(values.begin(), values.end());
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.format = PNG_FORMAT_RGB;
  image.height = static_cast<png_uint_32>(picture.shape()[1]);
  image.width = static_cast<png_uint_32>(picture.shape()[2]);
  if (!png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr)) fail(path, image.message);
}

// Tiles keep the memory small; each sees `margin` pixels around it, more than the network looks at.
frost::Tensor upscale(const frost::Model& model, const frost::Tensor& picture, std::int64_t tile) {
  constexpr std::int64_t margin = 16;
  const std::int64_t height = picture.shape()[1], width = picture.shape()[2];
  frost::Tensors rows;
  for (std::int64_t top = 0; top < height; top += tile) {
    const std::int64_t bottom = std::min(top + tile, height);
    const std::int64_t above = std::max<std::int64_t>(top - margin, 0), below = std::min(bottom + margin, height);
    frost::Tensors row;
    for (std::int64_t left = 0; left < width; left += tile) {
      const std::int64_t right = std::min(left + tile, width);
      const std::int64_t before = std::max<std::int64_t>(left - margin, 0), behind = std::min(right + margin, width);
      const frost::Tensor part = model.predict(picture.slice(1, above, below).slice(2, before, behind));
      row.push_back(
          part.slice(1, 2 * (top - above), 2 * (bottom - above)).slice(2, 2 * (left - before), 2 * (right - before)));
    }
    rows.push_back(frost::concatenate(row, 2));
  }
  return frost::concatenate(rows, 1);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Doubles the size of a PNG.");
  std::string from, to, model_path = FROST_UPSCALER;
  std::int64_t tile = 128;
  app.add_option("from", from, "The picture")->required();
  app.add_option("to", to, "Where the doubled picture is written")->required();
  app.add_option("--model", model_path, "A TensorFlow.js layers model");
  app.add_option("--tile", tile, "Pixels that are computed at once, along each axis")->check(CLI::Range(16, 4096));
  CLI11_PARSE(app, argc, argv);
  try {
    const frost::Model model = frost::load_keras(model_path);
    model.set_trainable(false);  // nothing is recorded
    const frost::Tensor picture = read_png(from);
    const auto start = std::chrono::steady_clock::now();
    const frost::Tensor doubled = upscale(model, picture, tile);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    write_png(to, doubled);
    std::cout << to << ": " << doubled.shape()[2] << " × " << doubled.shape()[1] << " pixels in " << seconds.count()
              << " s\n";
  } catch (const frost::Error& error) {
    std::cerr << "upscale: " << error.what() << '\n';
    return 1;
  }
}
