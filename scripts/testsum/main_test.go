package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestSum(t *testing.T) {
	for _, tt := range []struct {
		name   string
		events []string
		want   string // the stage's sum
		shows  string // what a failure must show
	}{
		{"one passes", []string{
			`{"Action":"pass","Package":"kith/x","Test":"TestA","Elapsed":0.5}`,
			`{"Action":"pass","Package":"kith/x"}`,
		}, "1 passed, 0 failed", ""},
		{"subtests count, not their parent", []string{
			`{"Action":"pass","Package":"kith/x","Test":"TestA/one"}`,
			`{"Action":"pass","Package":"kith/x","Test":"TestA/two"}`,
			`{"Action":"pass","Package":"kith/x","Test":"TestA"}`,
		}, "2 passed, 0 failed", ""},
		{"a failed subtest is one failure", []string{
			`{"Action":"output","Package":"kith/x","Test":"TestA/one","Output":"want 1, got 2\n"}`,
			`{"Action":"fail","Package":"kith/x","Test":"TestA/one"}`,
			`{"Action":"pass","Package":"kith/x","Test":"TestA/two"}`,
			`{"Action":"fail","Package":"kith/x","Test":"TestA"}`,
			`{"Action":"fail","Package":"kith/x"}`,
		}, "1 passed, 1 failed", "want 1, got 2"},
		{"a parent that fails on its own", []string{
			`{"Action":"pass","Package":"kith/x","Test":"TestA/one"}`,
			`{"Action":"fail","Package":"kith/x","Test":"TestA"}`,
		}, "1 passed, 1 failed", "TestA"},
		{"a skipped test counts as failed", []string{
			`{"Action":"skip","Package":"kith/x","Test":"TestA"}`,
		}, "0 passed, 1 failed", "SKIPPED"},
		{"a package without tests is nothing", []string{
			`{"Action":"skip","Package":"kith/y"}`,
			`{"Action":"pass","Package":"kith/x","Test":"TestA"}`,
		}, "1 passed, 0 failed", ""},
		{"a package that does not build", []string{
			`{"ImportPath":"kith/x [kith/x.test]","Action":"build-output","Output":"x.go:3:1: undefined: y\n"}`,
			`{"Action":"fail","Package":"kith/x","FailedBuild":"kith/x [kith/x.test]"}`,
		}, "0 passed, 1 failed", "undefined: y"},
		{"a package that dies between tests", []string{
			`{"Action":"pass","Package":"kith/x","Test":"TestA"}`,
			`{"Action":"output","Package":"kith/x","Output":"panic: timed out\n"}`,
			`{"Action":"fail","Package":"kith/x"}`,
		}, "1 passed, 1 failed", "panic: timed out"},
		{"no test at all", []string{`go: no such tool`}, "0 passed, 1 failed", "no such tool"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			record := filepath.Join(dir, "record")
			var out bytes.Buffer
			ok, err := sumStage(strings.NewReader(strings.Join(tt.events, "\n")), &out, "unit", filepath.Join(dir, "log"), record)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(out.String(), tt.want+"\n") || !strings.Contains(out.String(), tt.shows) {
				t.Errorf("printed %q, want the sum %q and %q shown", out.String(), tt.want, tt.shows)
			}
			if want := strings.HasSuffix(tt.want, " 0 failed"); ok != want {
				t.Errorf("ok = %v, want %v", ok, want)
			}
			var end bytes.Buffer
			if all, err := printTotal(&end, record); err != nil || all != ok {
				t.Errorf("total: ok = %v, err = %v, want %v", all, err, ok)
			}
			if !strings.HasSuffix(end.String(), "\n"+tt.want+"\n") {
				t.Errorf("run ends with %q, want %q alone on its line", end.String(), tt.want)
			}
		})
	}
}

func TestTotalAddsStages(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	for _, v := range []verdict{{Stage: "unit", Test: "TestQuick", Passed: true, Took: 1}, {Stage: "sdk", Test: "TestSlow", Passed: true, Took: 9e9}, {Stage: "check", Test: "gofmt"}} {
		if err := appendVerdicts(record, []verdict{v}); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if ok, err := printTotal(&out, record); ok || err != nil {
		t.Errorf("ok = %v, err = %v, want a failed run", ok, err)
	}
	slow, quick := strings.Index(out.String(), "TestSlow"), strings.Index(out.String(), "TestQuick")
	if slow < 0 || quick < slow || !strings.HasSuffix(out.String(), "\n2 passed, 1 failed\n") {
		t.Errorf("printed %q", out.String())
	}
}
