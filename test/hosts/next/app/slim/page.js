"use client";
import { useEffect } from "react";

export default function Page() {
  useEffect(() => {
    import("../../programs/slim/page.js");
  }, []);
  return <p>running</p>;
}
