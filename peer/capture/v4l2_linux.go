package capture

import (
	"encoding/binary"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// Of linux/videodev2.h and linux/v4l2-controls.h.
const (
	vidiocEnumFmt  = 0xc0405602 // _IOWR('V', 2, struct v4l2_fmtdesc), 64 bytes
	vidiocSCtrl    = 0xc008561c // _IOWR('V', 28, struct v4l2_control), 8 bytes
	captureType    = 1          // V4L2_BUF_TYPE_VIDEO_CAPTURE
	cidForceKey    = 0x009909e5 // V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME
	maxFormats     = 64
	formatH264     = "H264"
	pixelformatsAt = 44 // in v4l2_fmtdesc
)

// givesH264 reports whether a camera encodes H.264 itself.
func givesH264(device string) bool {
	found := false
	control(device, func(fd uintptr) {
		for i := range uint32(maxFormats) {
			var d [64]byte
			binary.NativeEndian.PutUint32(d[:], i)
			binary.NativeEndian.PutUint32(d[4:], captureType)
			if !ioctl(fd, vidiocEnumFmt, d[:]) {
				return
			}
			found = found || string(d[pixelformatsAt:pixelformatsAt+4]) == formatH264
		}
	})
	return found
}

// forceKeyframe asks a camera's encoder for a keyframe. Not every driver knows how.
func forceKeyframe(device string) {
	control(device, func(fd uintptr) {
		var c [8]byte
		binary.NativeEndian.PutUint32(c[:], cidForceKey)
		ioctl(fd, vidiocSCtrl, c[:])
	})
}

func control(device string, f func(fd uintptr)) {
	file, err := os.OpenFile(device, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer file.Close() //nolint:errcheck // nothing was written
	f(file.Fd())
}

func ioctl(fd, request uintptr, data []byte) bool {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(&data[0])))
	runtime.KeepAlive(data)
	return errno == 0
}
