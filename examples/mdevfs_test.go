// go test examples/mdevfs_test.go
package mdevfs

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

const uuid = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

// mount shows a machine until the test ends.
func mount(t *testing.T, profile string) string {
	dir := t.TempDir()
	server := exec.Command("mdevfs", "mount", dir, "--profile", profile, "--foreground")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGTERM)
		server.Wait()
	})
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "READY\n" {
		t.Fatalf("mdevfs is not ready: %q", line)
	}
	return dir
}

func TestCreate(t *testing.T) {
	mtty := filepath.Join(mount(t, "mtty"), "sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1")
	if err := os.WriteFile(filepath.Join(mtty, "create"), []byte(uuid), 0); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(filepath.Join(mtty, "available_instances"))
	if err != nil || string(left) != "23\n" {
		t.Fatalf("available_instances: %q, %v", left, err)
	}
}
