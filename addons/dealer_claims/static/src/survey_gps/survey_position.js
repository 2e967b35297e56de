import { browser } from "@web/core/browser/browser";

const TIMEOUT = 10000;

/**
 * Where the phone is, or nothing when it does not tell: denied, off, too slow.
 *
 * @returns {Promise<{latitude: number, longitude: number, accuracy: number} | false>}
 */
export function measurePosition() {
    const { geolocation } = browser.navigator;
    if (!geolocation) {
        return Promise.resolve(false);
    }
    return new Promise((resolve) => {
        geolocation.getCurrentPosition(
            ({ coords }) =>
                resolve({
                    latitude: coords.latitude,
                    longitude: coords.longitude,
                    accuracy: coords.accuracy,
                }),
            () => resolve(false),
            { enableHighAccuracy: true, timeout: TIMEOUT, maximumAge: 30000 }
        );
    });
}
