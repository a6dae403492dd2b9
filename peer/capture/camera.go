package capture

import (
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
)

var errFFmpeg = errors.New("cameras and microphones need the program ffmpeg; exec: takes any other")

// Camera is a V4L2 camera such as /dev/video0, read by ffmpeg. Options follow a question mark:
//
//	size=1280x720     pixels
//	fps=30            frames per second
//	format=auto       what the camera gives: h264 (passed through), mjpeg, raw, or auto: h264 if it can, else ffmpeg's choice
//	encoder=libx264   ffmpeg's H.264 encoder for the last two, such as h264_v4l2m2m, h264_vaapi or h264_nvenc
//	bitrate=1500000   bit/s, for the encoder
//
// The encoder makes a keyframe each second. A camera's own encoder is asked for one when somebody comes, if its driver knows
// how; else it should be set to one a second.
func Camera(spec string, o Options) (*Feed, error) {
	device, query, _ := strings.Cut(spec, "?")
	v, err := options(query, "size", "fps", "format", "encoder", "bitrate")
	switch {
	case device == "":
		return nil, errors.New("camera: lacks a device, such as camera:/dev/video0")
	case err != nil:
		return nil, fmt.Errorf("camera: %w", err)
	}
	fps, err := number(v, "fps", 30, 1, 120)
	if err != nil {
		return nil, err
	}
	bitrate, err := number(v, "bitrate", 1_500_000, 50_000, 50_000_000)
	if err != nil {
		return nil, err
	}
	format := v.Get("format")
	switch format {
	case "", "auto", "h264", "mjpeg", "raw":
	default:
		return nil, fmt.Errorf("camera: format %q is not auto, h264, mjpeg or raw", format)
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return nil, errFFmpeg
	}
	if (format == "" || format == "auto") && givesH264(device) {
		format = "h264"
	}
	args := []string{"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-fflags", "nobuffer", "-f", "v4l2", "-framerate", strconv.Itoa(fps)}
	if size := v.Get("size"); size != "" {
		args = append(args, "-video_size", size)
	}
	switch format {
	case "h264", "mjpeg":
		args = append(args, "-input_format", format)
	case "raw":
		args = append(args, "-input_format", "yuyv422")
	}
	args = append(args, "-i", device, "-an")
	args = append(args, encoding(format, v.Get("encoder"), fps, bitrate)...)
	f := newFeed(Video, program{append(args, "-flush_packets", "1", "-f", "h264", "-")}.open, o.Log)
	if format == "h264" {
		f.ask = func() { forceKeyframe(device) }
	}
	return f, nil
}

// encoding is ffmpeg's options for the output: constrained baseline, which every browser decodes, without frames that wait
// for later ones.
func encoding(format, encoder string, fps, bitrate int) []string {
	if format == "h264" {
		return []string{"-c:v", "copy"}
	}
	rate := strconv.Itoa(bitrate)
	if encoder == "" {
		encoder = "libx264"
	}
	args := []string{"-pix_fmt", "yuv420p", "-c:v", encoder, "-b:v", rate, "-maxrate", rate, "-bufsize", strconv.Itoa(bitrate / 2), "-g", strconv.Itoa(fps), "-bf", "0"}
	if encoder == "libx264" {
		args = append(args, "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline")
	}
	return args
}

// Microphone is a sound device of system alsa or pulse, such as default, read by ffmpeg. bitrate (bit/s, default 32000) and
// channels (1 or 2) follow a question mark.
func Microphone(system, spec string, o Options) (*Feed, error) {
	device, query, _ := strings.Cut(spec, "?")
	v, err := options(query, "bitrate", "channels")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", system, err)
	}
	if device == "" {
		device = "default"
	}
	bitrate, err := number(v, "bitrate", 32000, 6000, 510_000)
	if err != nil {
		return nil, err
	}
	channels, err := number(v, "channels", 1, 1, 2)
	if err != nil {
		return nil, err
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return nil, errFFmpeg
	}
	return newFeed(Audio, program{[]string{
		"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-fflags", "nobuffer", "-f", system, "-i", device,
		"-ac", strconv.Itoa(channels), "-ar", "48000", "-c:a", "libopus", "-b:a", strconv.Itoa(bitrate), "-application", "voip",
		"-frame_duration", "20", "-page_duration", "20000", "-flush_packets", "1", "-f", "ogg", "-",
	}}.open, o.Log), nil
}

// options reads a query, in which only some names are allowed.
func options(query string, names ...string) (url.Values, error) {
	v, err := url.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	for name := range v {
		known := false
		for _, n := range names {
			known = known || n == name
		}
		if !known {
			return nil, fmt.Errorf("option %q is not one of %s", name, strings.Join(names, ", "))
		}
	}
	return v, nil
}

func number(v url.Values, name string, otherwise, least, most int) (int, error) {
	if v.Get(name) == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v.Get(name))
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is not a number from %d to %d", name, least, most)
	}
	return n, nil
}
